/** Degrees Fahrenheit in degrees Celsius, to one decimal. */
export function toCelsius(fahrenheit) {
  return Math.round(((fahrenheit - 32) * 50) / 9) / 10;
}
