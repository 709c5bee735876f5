import { parseDocument } from 'yaml';
import { HarnessError, messageOf } from '../errors.ts';
import type { ItemInput } from '../queue/work-item.ts';

/** One item as a file describes it. */
export interface ManifestItem {
  /** Where it stands, for messages: `item 3`, `line 7`. */
  where: string;
  id?: string;
  input: ItemInput;
}

/** The keys of an item, snake case as in the configuration, with what they become. */
const TEXTS = {
  title: 'title',
  body: 'body',
  priority: 'priority',
  rig: 'rig',
  after_failed: 'afterFailed',
  batch: 'batch',
  not_before: 'notBefore',
  kind: 'kind',
  plan: 'plan',
} as const;
const LISTS = { checks: 'checks', after: 'after', labels: 'labels' } as const;
const FLAGS = { approve: 'approve', fan_out: 'fanOut' } as const;

/**
 * Reads the items of a file: a YAML or JSON list, a mapping with `items` (and perhaps `batch` or `rig` for all of them), or one JSON object a line.
 * HarnessError('usage') with everything that is wrong, a line each.
 */
export function parseManifest(text: string, file: string): ManifestItem[] {
  const lines = linesOf(text);
  const entries = lines ?? documentItems(text, file);
  const troubles: string[] = [];
  const items = entries.map(({ where, value }) => {
    const item = itemOf(value, (what) => troubles.push(`${file}: ${where}: ${what}`));
    return { where, ...item };
  });
  if (troubles.length > 0) throw new HarnessError('usage', troubles.join('\n'));
  return items;
}

interface Raw {
  where: string;
  value: unknown;
}

/** The items of a file with one JSON object a line; undefined for every other file. */
function linesOf(text: string): Raw[] | undefined {
  const lines = text.split('\n').map((line, at) => ({ where: `line ${at + 1}`, text: line.trim() }));
  const full = lines.filter((line) => line.text !== '');
  if (full.length === 0 || !full.every((line) => line.text.startsWith('{') && line.text.endsWith('}'))) {
    return undefined;
  }
  try {
    return full.map((line) => ({ where: line.where, value: JSON.parse(line.text) as unknown }));
  } catch {
    return undefined;
  }
}

function documentItems(text: string, file: string): Raw[] {
  const document = plainDocument(text, file);
  const mapping = isMapping(document) && 'items' in document ? document : undefined;
  const list = mapping ? mapping.items : document;
  if (!Array.isArray(list)) {
    throw new HarnessError(
      'usage',
      `${file}: not a list of items; write a YAML or JSON list, or one JSON object a line`,
    );
  }
  const { items: _items, ...common } = mapping ?? {};
  return list.map((value: unknown, at) => ({
    where: `item ${at + 1}`,
    value: isMapping(value) ? { ...common, ...value } : value,
  }));
}

function plainDocument(text: string, file: string): unknown {
  const document = parseDocument(text.replace(/^\ufeff/, ''), { prettyErrors: true });
  const [error] = document.errors;
  if (error) throw new HarnessError('usage', `${file}: ${messageOf(error)}`);
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (failure) {
    throw new HarnessError('usage', `${file}: ${messageOf(failure)}`);
  }
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function itemOf(value: unknown, trouble: (what: string) => void): Omit<ManifestItem, 'where'> {
  const input: Record<string, unknown> = {};
  let id: string | undefined;
  if (!isMapping(value)) trouble('not an item; write at least title: what is to be done');
  for (const [key, given] of Object.entries(isMapping(value) ? value : {})) {
    if (given === null || given === undefined) continue;
    if (key === 'id') {
      if (typeof given === 'string' || typeof given === 'number') id = String(given);
      else trouble('id: not a text');
    } else if (Object.hasOwn(TEXTS, key)) {
      if (typeof given === 'string') input[TEXTS[key as keyof typeof TEXTS]] = given;
      else trouble(`${key}: not a text; put it into quotes`);
    } else if (Object.hasOwn(LISTS, key)) {
      const list: unknown[] =
        typeof given === 'string' ? [given] : Array.isArray(given) ? given : [undefined];
      if (list.every((one) => typeof one === 'string')) input[LISTS[key as keyof typeof LISTS]] = list;
      else trouble(`${key}: not a list of texts`);
    } else if (Object.hasOwn(FLAGS, key)) {
      if (typeof given === 'boolean') input[FLAGS[key as keyof typeof FLAGS]] = given;
      else trouble(`${key}: not true or false`);
    } else {
      const keys = [...Object.keys({ ...TEXTS, ...LISTS, ...FLAGS }), 'id'].join(', ');
      trouble(`${key}: there is no such key; there are ${keys}`);
    }
  }
  if (isMapping(value) && typeof input.title !== 'string')
    trouble('title: missing; say in a line what is to be done');
  return { input: input as unknown as ItemInput, ...(id !== undefined && { id }) };
}
