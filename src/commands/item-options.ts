import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { wallMs } from '../clock.ts';
import { HarnessError, messageOf } from '../errors.ts';
import type { Home } from '../home.ts';
import type { ItemInput } from '../queue/work-item.ts';
import { readConfig } from './invocation.ts';
import type { Invocation } from './invocation.ts';

/** What the command line says of an item; `add` and `edit` share it. */
export interface ItemOptions {
  body?: string;
  bodyFile?: string;
  priority?: string;
  rig?: string;
  check: string[];
  after: string[];
  afterFailed?: string;
  notBefore?: string;
  batch?: string;
  label: string[];
  kind?: string;
  plan?: string;
  approve?: true;
  fanOut?: true;
}

/** The item that the options describe, without its title; `after` is as written. HarnessError('usage') for what contradicts itself. */
export async function inputOf(
  invocation: Invocation,
  options: ItemOptions,
): Promise<Omit<ItemInput, 'title'>> {
  const { body, bodyFile, priority, rig, check, after, afterFailed, notBefore, batch, label } = options;
  const { kind, plan, approve, fanOut } = options;
  if (body !== undefined && bodyFile !== undefined) {
    throw new HarnessError('usage', '--body and --body-file exclude each other; give one of them');
  }
  const file = body === '-' ? '-' : bodyFile;
  return {
    body: file === undefined ? body : await readText(invocation.cwd, file, '--body-file'),
    priority,
    rig,
    checks: check,
    after,
    afterFailed,
    notBefore: notBefore === undefined ? undefined : momentOf(notBefore, wallMs()),
    batch,
    labels: label,
    kind,
    plan,
    approve,
    fanOut,
  };
}

/** The text of a file, `-` for standard input; HarnessError('usage') if it cannot be read. */
export async function readText(cwd: string, file: string, what: string): Promise<string> {
  try {
    return textOf(file === '-' ? await readStdin() : readFileSync(resolve(cwd, file)));
  } catch (error) {
    throw new HarnessError('usage', `${what} ${file}: cannot be read (${messageOf(error)})`, {
      cause: error,
    });
  }
}

/** More than any import may have; the rest is not waited for. */
const STDIN_BYTES = 64 << 20;

/** Not by `readFileSync(0)`: a pipe that does not block and has nothing yet would fail with EAGAIN. */
async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    if ((bytes += chunk.length) > STDIN_BYTES) break;
  }
  return Buffer.concat(chunks);
}

/** Nothing is replaced silently: what is no UTF-8 is refused. */
function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Error('it is not UTF-8 text');
  return bytes.toString();
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time from now (`90m`, `2h`, `1d`) as a moment; anything else as it is. */
export function momentOf(text: string, nowMs: number): string {
  const [, number, unit] = /^\+?(\d+(?:\.\d+)?)([smhd])$/.exec(text.trim()) ?? [];
  if (number === undefined) return text;
  const ms = nowMs + Number(number) * UNITS[unit as keyof typeof UNITS];
  return ms < 8.64e15 ? new Date(ms).toISOString() : text;
}

/** HarnessError('usage') for a rig that the configuration does not name. */
export async function verifyRig(invocation: Invocation, home: Home, rig: string | undefined): Promise<void> {
  if (rig === undefined) return;
  const known = Object.keys((await readConfig(home, invocation.env)).rigs);
  if (known.includes(rig)) return;
  const where = known.length > 0 ? `there are ${known.join(', ')}` : `${home.configFile} names none`;
  throw new HarnessError('usage', `no rig is called ${rig}; ${where}`);
}
