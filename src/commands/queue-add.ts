import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { wallMs } from '../clock.ts';
import { HarnessError, messageOf } from '../errors.ts';
import { newWorkItem } from '../queue/work-item.ts';
import { homeOf, openQueue, printJson, readConfig } from './invocation.ts';
import type { Invocation } from './invocation.ts';

interface AddOptions {
  body?: string;
  bodyFile?: string;
  priority: string;
  rig?: string;
  check: string[];
  id?: string;
}

/** `harness queue add`: prints the id once the item is on the disk. */
export async function addItem(invocation: Invocation, title: string, options: AddOptions): Promise<void> {
  const home = homeOf(invocation);
  const { body, bodyFile, priority, rig, check, id } = options;
  if (body !== undefined && bodyFile !== undefined) {
    throw new HarnessError('usage', '--body and --body-file exclude each other; give one of them');
  }
  const text = bodyFile === undefined ? body : await readBody(invocation.cwd, bodyFile);
  const input = { title, body: text, priority, checks: check, rig };
  // Looked at before anything is created: a bad item changes nothing.
  const item = newWorkItem(input, { id: id ?? 'new', addedMs: wallMs() });
  if (rig !== undefined) {
    const known = Object.keys((await readConfig(home, invocation.env)).rigs);
    if (!known.includes(rig)) {
      const where = known.length > 0 ? `there are ${known.join(', ')}` : `${home.configFile} names none`;
      throw new HarnessError('usage', `no rig is called ${rig}; ${where}`);
    }
  }
  const queue = openQueue(home);
  const added = id === undefined ? { id: queue.addNew(input).id, existed: false } : queue.add(item);
  if (invocation.json) printJson(added);
  else process.stdout.write(`${added.id}\n`);
}

async function readBody(cwd: string, file: string): Promise<string> {
  try {
    return file === '-' ? await readStdin() : readFileSync(resolve(cwd, file), 'utf8');
  } catch (error) {
    throw new HarnessError('usage', `--body-file ${file}: cannot be read (${messageOf(error)})`, {
      cause: error,
    });
  }
}

/** More than any body may have; the rest is not waited for. */
const STDIN_BYTES = 16 << 20;

/** Not by `readFileSync(0)`: a pipe that does not block and has nothing yet would fail with EAGAIN. */
async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    if ((bytes += chunk.length) > STDIN_BYTES) break;
  }
  return Buffer.concat(chunks).toString();
}
