import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const run = () => box.harness(['parallel', '--agents', '1', '--until-empty']);
const of = (is: string) => box.journal().filter((one) => one.is === is);

/** What a conversation was asked, in order. */
function prompts(session: string): string[] {
  const folder = join(box.home, 'state/stand-in/projects');
  const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith(`${session}.jsonl`),
  );
  const lines = readFileSync(join(folder, file ?? ''), 'utf8')
    .split('\n')
    .filter(Boolean);
  return lines.filter((line) => JSON.parse(line).type === 'user');
}

async function three(): Promise<string[]> {
  const ids: string[] = [];
  for (const n of [1, 2, 3]) ids.push(await box.add(`item ${n}`, `[[write:${n}.txt|x]]`));
  return ids;
}

const sessionsOf = (ids: string[]) =>
  ids.flatMap((id) => box.queue.records(id)).map(({ session = '' }) => session);

test('a worn session is replaced between two items, and its note opens the next one', async () => {
  box.write({ '.harness/config.yaml': 'session: { recycle: { items: 2 } }\n' });
  const ids = await three();
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expect(box.landings()).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
  const [first = '', second, third = ''] = sessionsOf(ids);
  expect(second).toBe(first);
  expect(third).not.toBe(first);
  expect(of('session-replaced')).toMatchObject([
    { agent: 'a1', session: first, by: third, cause: 'it has worked on 2 items (session.recycle.items)' },
  ]);
  expect(of('session-started')).toHaveLength(2);
  // What the note cost is booked on the item that it was for.
  expect(of('turn-ended').map((one) => 'item' in one && one.item)).toEqual([ids[0], ids[1], ids[2], ids[2]]);
  expect(prompts(first).at(-1)).toContain('# Hand over to the session after you');
  expect(prompts(third)[0]).toContain('> Mind the gap.');
});

test('A21 a session whose memory has grown is restarted between two items', async () => {
  box.write({ '.harness/config.yaml': 'session: { recycle: { memory: 1MiB }, between_items: clear }\n' });
  const ids = await three();
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expect(box.landings()).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
  expect(of('session-started')).toHaveLength(3);
  expect(of('session-ended').slice(0, 2)).toMatchObject([{ cause: 'closed' }, { cause: 'closed' }]);
  const causes = of('session-replaced').map((one) => 'cause' in one && one.cause);
  expect(causes).toEqual([1, 2].map(() => expect.stringMatching(/its process uses .* more than 1 MiB/)));
  // Nothing is remembered here, so nothing is handed over.
  expect(of('turn-ended')).toHaveLength(3);
  expect(of('agent-parked').concat(of('dies-often'))).toEqual([]);
});
