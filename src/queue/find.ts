import { HarnessError } from '../errors.ts';
import { safeText } from '../text.ts';
import type { Entry } from './name.ts';

/** The item of an id or of the only one that begins so. HarnessError('usage') if there is none, or several. */
export function findIn(entries: readonly Entry[], prefix: string): Entry {
  const shown = safeText(prefix, { max: 80 });
  const matches = entries.filter(({ id }) => prefix !== '' && id.startsWith(prefix));
  const entry = matches.find(({ id }) => id === prefix) ?? (matches.length === 1 ? matches[0] : undefined);
  if (entry) return entry;
  if (matches.length === 0)
    throw new HarnessError('usage', `there is no work item "${shown}"; harness queue list shows all`);
  const ids = matches.map(({ id }) => id).toSorted();
  const more = ids.length > 5 ? `, and ${ids.length - 5} more` : '';
  throw new HarnessError(
    'usage',
    `"${shown}" could be ${ids.slice(0, 5).join(', ')}${more}; write more of the id`,
  );
}
