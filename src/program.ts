import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of a program as a shell would find it: on PATH, or by its own path; undefined if it is not there. */
export function findProgram(name: string, env: Record<string, string | undefined>): string | undefined {
  if (name.includes('/')) return isProgram(name) ? name : undefined;
  return (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
