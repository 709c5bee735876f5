import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSmallFile } from '../durable.ts';
import { KINDS, parseTemplate } from './template.ts';
import type { Kind, Template, Templates } from './template.ts';

/** Beside this file in the sources, beside the program in the package. */
const OWN = join(import.meta.dirname, 'prompts');

/** A file that is larger is not read to its end; what is wrong with it is said all the same. */
const MOST_BYTES = 1 << 20;

/**
 * The texts for agents: those of the program, each replaced by the file of its name in `folder` (a home's `prompts/`) where
 * there is one. HarnessError('config') with everything that is wrong with them.
 */
export function loadTemplates(folder: string): Templates {
  const load = (kind: Kind): Template => {
    const theirs = join(folder, `${kind}.md`);
    const text = readSmallFile(theirs, MOST_BYTES);
    if (text !== undefined) return parseTemplate(kind, text, theirs);
    const own = join(OWN, `${kind}.md`);
    return parseTemplate(kind, readFileSync(own, 'utf8'), own);
  };
  return Object.fromEntries(KINDS.map((kind) => [kind, load(kind)])) as Record<Kind, Template>;
}
