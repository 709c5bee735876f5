import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectAllLanded } from './order.ts';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const inDepot = (...args: string[]) =>
  execFileSync('git', ['--git-dir', box.depot, ...args], { env: box.env, encoding: 'utf8' }).trim();

/** An item that is half done until the file `go` is in the sandbox. */
const halfDone = () =>
  `[[write:half.txt|half]][[bash:while ! test -e ${box.root}/go; do sleep 0.05; done]][[write:whole.txt|whole]]`;
const go = () => box.write({ '../go': '' });

/** Starts a run and waits until the half-done item has something uncommitted. */
async function inMidTurn(id: string) {
  const run = box.start(['parallel', '--agents', '1', '--until-empty']);
  const end = ended(run);
  await box.happens('phase', (event) => event.item === id && event.phase === 'implementing');
  const { pid } = await box.happens('session-started');
  await box.until('the agent has written half of it', () => {
    const tree = `${box.home}/worktrees/app/a1`;
    return execFileSync('git', ['-C', tree, 'status', '--porcelain'], { encoding: 'utf8' }).includes(
      'half.txt',
    );
  });
  return { run, end, agent: pid };
}

test.each([
  ['its process', 1],
  ['its whole group', -1],
])(
  'an agent is killed in mid-turn (%s): its work is saved, its conversation goes on, and the item lands once',
  async (_what, sign) => {
    const id = await box.add('half', halfDone());
    const { end, agent } = await inMidTurn(id);
    process.kill(sign * agent, 'SIGKILL');
    go();
    expect(await end).toMatchObject({ code: 0, stderr: '' });
    expectAllLanded(box, [id]);
    expect(inDepot('show', `refs/harness/rescue/${id}.1:half.txt`)).toBe('half');
    const { attempts } = await box.show(id);
    expect(attempts).toMatchObject([{ attempt: 1, outcome: 'landed' }]);
    const sessions = box.journal().flatMap((one) => (one.is === 'session-started' ? [one.session] : []));
    expect(sessions.length).toBeGreaterThan(1);
    expect(new Set(sessions).size).toBe(1);
  },
);

test('the coordinator is killed in mid-turn: the front starts it again, and the same conversation goes on', async () => {
  const id = await box.add('half', halfDone());
  const { end } = await inMidTurn(id);
  process.kill(await box.coordinator(), 'SIGKILL');
  await box.happens('adopted', (event) => event.item === id);
  go();
  const ran = await end;
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toMatch(/the coordinator died \(SIGKILL\); it is started again/);
  expectAllLanded(box, [id]);
  expect(inDepot('show', `refs/harness/rescue/${id}.1:half.txt`)).toBe('half');
  const { attempts } = await box.show(id);
  expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 1]);
});

test('front, coordinator and agent are killed at once: the next start finds it all, and the item lands once', async () => {
  const id = await box.add('half', halfDone());
  const { end, agent, run } = await inMidTurn(id);
  for (const pid of [run.pid ?? 0, await box.coordinator(), agent]) process.kill(pid, 'SIGKILL');
  await end;
  go();
  expect(await box.status()).toMatchObject({ state: 'died' });
  expect(await box.harness(['parallel', '--agents', '1', '--until-empty'])).toMatchObject({ code: 0 });
  expectAllLanded(box, [id]);
  expect(inDepot('show', `refs/harness/rescue/${id}.1:half.txt`)).toBe('half');
});
