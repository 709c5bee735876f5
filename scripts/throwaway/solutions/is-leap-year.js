/** Whether a year of the Gregorian calendar has 366 days. */
export function isLeapYear(year) {
  if (year % 100 === 0) return year % 400 === 0;
  return year % 4 === 0;
}
