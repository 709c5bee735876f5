/** The fields of one line of CSV. */
export function csvFields(line) {
  return line.split(',');
}
