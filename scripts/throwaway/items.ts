import { readFileSync } from 'node:fs';

/** One of the work items of the demonstration. */
export interface DemoItem {
  id: string;
  title: string;
  /** What is wanted, for an agent that can read. */
  task: string;
  /** The command that decides whether it is done. */
  check: string;
  /** The prepared work of the stand-in, as markers in the body. */
  markers: string;
}

const solution = (name: string): string =>
  readFileSync(new URL(`solutions/${name}.js`, import.meta.url), 'utf8');

/** The marker that writes one of the prepared files in the place of the function `name`. */
function write(name: string, file = name): string {
  return `[[write:src/${name}.js|${solution(file).replaceAll('\n', String.raw`\n`)}]]`;
}

function item(name: string, title: string, task: string, markers?: string): DemoItem {
  return {
    id: name,
    title,
    task: `${task} It is in src/${name}.js; test/${name}.test.js says what is expected. Change no other file.`,
    check: `node --test test/${name}.test.js`,
    markers: markers ?? `${write(name)}[[commit:${title}]]`,
  };
}

/** Eight items: five that simply work, or slowly, and three that go wrong once in the ways that agents do. */
export const ITEMS: readonly DemoItem[] = [
  item(
    'wrap-words',
    'Wrap words into lines',
    'wrapWords returns the whole text as one line.',
    `[[sleep:3]]${write('wrap-words')}[[commit:Wrap words into lines]]`,
  ),
  item(
    'slug',
    'Join all words of a slug and take off accents',
    'slug handles the first space only.',
    `${write('slug')}[[no-commit]][[turn]][[commit:Join all words of a slug and take off accents]]`,
  ),
  item(
    'median',
    'Order numbers as numbers in median',
    'median sorts its numbers as text and ignores the second middle one.',
    `${write('median', 'median.first')}[[commit:Order numbers as numbers]]` +
      `[[turn]]${write('median')}[[commit:Take the mean of two middle numbers]]`,
  ),
  item(
    'csv-fields',
    'Understand quoted fields of CSV',
    'csvFields splits quoted fields at their commas.',
    `[[attempt:1]]${write('csv-fields')}[[die]]` +
      `[[attempt:2]]${write('csv-fields')}[[commit:Understand quoted fields of CSV]]`,
  ),
  item('to-roman', 'Write Roman numerals', 'toRoman is not written yet.'),
  item('to-celsius', 'Mend toCelsius', 'toCelsius has a wrong sign and does not round.'),
  item(
    'is-leap-year',
    'Know the leap years of full centuries',
    'isLeapYear takes every full century for one.',
  ),
  item('format-duration', 'Name hours and minutes of a duration', 'formatDuration shows seconds only.'),
];
