import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JournalEvent } from '../../src/journal/event.ts';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const RUN = ['parallel', '--agents', '1', '--until-empty'];
const all = <K extends JournalEvent['is']>(is: K) =>
  box.journal().filter((one): one is Extract<JournalEvent, { is: K }> => one.is === is);
const stateOf = () => JSON.parse(readFileSync(join(box.home, 'state/agents/a1/state.json'), 'utf8'));
const said = (text: string) =>
  `${JSON.stringify({ type: 'user', message: { role: 'user', content: text }, uuid: '11111111-1111-4111-8111-111111111111' })}\n`;

const commandOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8');

/** Starts a run whose agent waits in a tool. */
async function inTool(id: string) {
  const end = ended(box.start(RUN));
  await box.happens('phase', (event) => event.item === id && event.phase === 'implementing');
  await box.until('it has begun', () => box.draft('begun.txt'));
  return { end };
}
const body = () =>
  `[[write:begun.txt|1]][[bash:while ! test -e ${box.root}/go; do sleep 0.05; done]][[write:a.txt|a]]`;

test('A20 a person takes the conversation of an agent that works: nobody else gets it meanwhile, and it goes on with it afterwards', async () => {
  const id = await box.add('long', body());
  const { end } = await inTool(id);
  const person = box.start(['attach', 'a1']);
  const left = ended(person);
  const { session } = await box.happens('attached');
  await box.until('the agent is not working', () => stateOf().pid === undefined);
  expect((await box.harness(['attach', 'a1'])).stderr).toContain('somebody is attached to a1 already');
  // The stand-in takes prompts as JSON in every way of starting it.
  person.stdin?.end(said('what are you doing? [[say:this and that]]'));
  expect(await left).toMatchObject({ code: 0, stderr: 'a1 goes on\n' });
  expect(await box.happens('detached')).toMatchObject({
    session,
    typed: [expect.stringContaining('what are you doing?')],
  });
  box.write({ '../go': '' });
  expect(await end).toMatchObject({ code: 0 });
  expect(await box.show(id)).toMatchObject({ place: 'done', attempts: [{ attempt: 1 }] });
  expect(new Set(all('session-started').map((one) => one.session))).toEqual(new Set([session]));
  expect(all('agent-parked')).toEqual([]);
});

test('A20 an agent is taken back from a terminal that is gone: one process at a time has its conversation', async () => {
  const id = await box.add('long', body());
  const { end } = await inTool(id);
  const person = box.start(['attach', 'a1']);
  const { session } = await box.happens('attached');
  // What the person has in the terminal outlives the command.
  const inTerminal = await box.until('it is open', () =>
    box.alive().find(({ pid, parent }) => parent === person.pid && commandOf(pid).includes(session)),
  );
  process.kill(inTerminal.pid, 'SIGSTOP');
  person.kill('SIGKILL');
  await box.happens('detached');
  await box.until(
    'one process has the conversation',
    () => all('session-started').length === 2 && box.alive().every(({ pid }) => pid !== inTerminal.pid),
  );
  box.write({ '../go': '' });
  expect(await end).toMatchObject({ code: 0 });
  expect(await box.show(id)).toMatchObject({ place: 'done' });
});

test('what cannot be attached to is refused', async () => {
  expect(await box.harness(['attach', 'a1'])).toMatchObject({ code: 1 });
});
