import { posix } from 'node:path';
import {
  BANS,
  DOORS,
  EMPTY_NAME,
  FLOORS,
  GIT_DOORS,
  IMPURE,
  MAX_LINES,
  PROGRAMS,
  PURE,
  PURE_PACKAGES,
  RUNS_GIT,
} from './map.ts';
import { codeOf, importsOf, withoutComments } from './source.ts';

/** One sentence for every place where the files of src (name below src -> text) break the rules of map.ts. */
export function breaches(sources: ReadonlyMap<string, string>): string[] {
  return [...sources].flatMap(([file, text]) => [
    ...importsOf(text).flatMap((specifier) => importBreaches(file, specifier)),
    ...codeBreaches(file, text),
  ]);
}

const isAllowed = (file: string, allowed: readonly string[]): boolean =>
  allowed.some((entry) => (entry.endsWith('/') ? file.startsWith(entry) : file === entry));

function folderOf(file: string): string {
  if (file === 'cli.ts') return 'cli';
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : 'ground';
}

const floorOf = (folder: string): number => FLOORS.findIndex((folders) => folders.includes(folder));

function importBreaches(file: string, specifier: string): string[] {
  return specifier.startsWith('.')
    ? fileBreaches(file, posix.join(posix.dirname(file), specifier))
    : packageBreaches(file, specifier);
}

function fileBreaches(file: string, target: string): string[] {
  const found: string[] = [];
  const [from, to] = [folderOf(file), folderOf(target)];
  if (target.startsWith('..')) return [`${file} imports ${target}, which is not below src`];
  if (PURE.has(file) && !PURE.has(target)) found.push(`${file} is pure and imports ${target}, which is not`);
  if (from === to) return found;
  if (PROGRAMS.includes(from)) {
    if (!PURE.has(target) && target !== 'clock.ts')
      found.push(
        `${file} is a program of its own and imports ${target}, which is neither pure nor the clock`,
      );
  } else if (PROGRAMS.includes(to)) {
    found.push(`${file} imports ${target}: that is a program of its own`);
  } else if (floorOf(from) <= floorOf(to)) {
    found.push(`${file} imports ${target}, which is not on a lower floor`);
  }
  return found;
}

function packageBreaches(file: string, specifier: string): string[] {
  const name = /^(?:node:[^/]+|@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[0] ?? specifier;
  const found: string[] = [];
  if (PURE.has(file) && !PURE_PACKAGES.has(specifier)) found.push(`${file} is pure and imports ${specifier}`);
  const doors = DOORS[name];
  if (doors === undefined && !name.startsWith('node:')) {
    found.push(`${file} imports ${name}, which has no door in the map`);
  } else if (doors !== undefined && !isAllowed(file, doors)) {
    found.push(`${file} imports ${name}; only ${doors.join(', ')} may`);
  }
  return found;
}

function codeBreaches(file: string, text: string): string[] {
  const code = codeOf(text);
  const found: string[] = [];
  const folder = folderOf(file);
  if (floorOf(folder) < 0 && !PROGRAMS.includes(folder))
    found.push(`${file}: its folder has no floor in the map`);
  for (const { what, pattern, allowed } of BANS) {
    const place = pattern.exec(code);
    if (place && !isAllowed(file, allowed)) {
      found.push(`${file} ${what} (${place[0]}); only ${allowed.join(', ')} may`);
    }
  }
  const impure = PURE.has(file) ? IMPURE.exec(code) : null;
  if (impure) found.push(`${file} is pure and names ${impure[0]}`);
  if (RUNS_GIT.test(withoutComments(text)) && !isAllowed(file, GIT_DOORS)) {
    found.push(`${file} runs git; only ${GIT_DOORS.join(', ')} may`);
  }
  if (EMPTY_NAME.test(file)) found.push(`${file}: call it after what it is about`);
  const lines = text.split('\n').length - 1;
  if (lines > MAX_LINES) found.push(`${file} has ${lines} lines, more than ${MAX_LINES}`);
  return found;
}
