import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { KINDS } from '../../agent/template.ts';
import { loadTemplates } from '../../agent/templates.ts';
import { messageOf } from '../../errors.ts';
import { error, ok, warning } from './check.ts';
import type { Check, Finding } from './check.ts';

/** The home's own texts for agents; nothing is said where it has none. */
export const prompts: Check = {
  name: 'prompts',
  look({ home }) {
    const folder = home && join(home.folder, 'prompts');
    const files = folder === undefined ? [] : namesIn(folder);
    if (folder === undefined || files.length === 0) return [];
    const known = KINDS.map((kind) => `${kind}.md`);
    const strange = files
      .filter((file) => !known.includes(file))
      .map((file) => warning(`${join(folder, file)} is no text for agents`, `there are ${known.join(', ')}`));
    return [...wrongIn(folder, files.length - strange.length), ...strange];
  },
};

function wrongIn(folder: string, count: number): Finding[] {
  try {
    loadTemplates(folder);
    return [ok(`${count} of the texts for agents are those in ${folder}`)];
  } catch (failure) {
    return messageOf(failure)
      .split('\n')
      .map((what) => error(what, 'mend it, or remove the file to get the usual text; see docs/prompts.md'));
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
