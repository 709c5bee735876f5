/** A title as a part of an address: lower case, without accents, words joined by single dashes. */
export function slug(title) {
  const plain = title.normalize('NFD').replaceAll(/[^a-zA-Z0-9 _-]/g, '');
  return plain
    .toLowerCase()
    .split(/[ _-]+/)
    .filter(Boolean)
    .join('-');
}
