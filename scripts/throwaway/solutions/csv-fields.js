/** The fields of one line of CSV; a quoted field may contain commas, and a doubled quote stands for one. */
export function csvFields(line) {
  const fields = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return Array.from(fields, ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);
}
