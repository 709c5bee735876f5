/** Whether a year of the Gregorian calendar has 366 days. */
export function isLeapYear(year) {
  return year % 4 === 0;
}
