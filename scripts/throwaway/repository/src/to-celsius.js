/** Degrees Fahrenheit in degrees Celsius, to one decimal. */
export function toCelsius(fahrenheit) {
  return ((fahrenheit + 32) * 5) / 9;
}
