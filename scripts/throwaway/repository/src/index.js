export { csvFields } from './csv-fields.js';
export { formatDuration } from './format-duration.js';
export { isLeapYear } from './is-leap-year.js';
export { median } from './median.js';
export { slug } from './slug.js';
export { toCelsius } from './to-celsius.js';
export { toRoman } from './to-roman.js';
export { wrapWords } from './wrap-words.js';
