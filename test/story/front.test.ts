import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readRunFile } from '../../src/coordinator/run-file.ts';
import { HARNESS, Terminal } from '../dashboard/terminal-fixture.ts';
import { needs } from '../needs.ts';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
let terminals: Terminal[] = [];
beforeEach(() => {
  box = new Sandbox();
});
afterEach(async () => {
  for (const terminal of terminals) terminal.close();
  terminals = [];
  await box.until('nothing is left', () => box.alive().length === 0).catch(() => undefined);
  box.close();
});

function open(): Terminal {
  const terminal = new Terminal(box, { columns: 100, rows: 30 });
  terminals.push(terminal);
  return terminal;
}

const count = (is: string) => box.journal().filter((event) => event.is === is).length;
const coordinator = () => readRunFile(`${box.home}/state`)?.pid ?? 0;
const addSlow = async (items: number, seconds: number) => {
  for (let n = 1; n <= items; n++)
    await box.add(`slow ${n}`, `[[sleep:${seconds}]][[write:f${n}|x]][[commit:${n}]]`);
};

describe('without a terminal', () => {
  test.each([
    ['killed', 'SIGKILL', /the coordinator died \(SIGKILL\); it is started again/],
    [
      'stopped, so that its loop stands still',
      'SIGSTOP',
      /has not moved for 5 s; it is ended and started again/,
    ],
  ] as const)(
    'a coordinator that is %s is started again, and every item lands once',
    async (_name, signal, said) => {
      await addSlow(3, 2);
      const run = ended(box.start(['parallel', '--agents', '2', '--until-empty']));
      await box.until('both agents work', () => count('session-started') === 2);
      process.kill(coordinator(), signal);
      const ran = await run;
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      expect(ran.stdout).toMatch(said);
      expect(ran.stdout).toMatch(/^3 landed, 0 failed, 0 held, 0 left$/m);
      expect(Object.values(box.landings())).toEqual([1, 1, 1]);
    },
  );

  test('K06: when the reader of the lines goes away, the run goes on', async () => {
    await addSlow(2, 1);
    const front = box.start(['parallel', '--agents', '2', '--until-empty']);
    front.stdout?.once('data', () => front.stdout?.destroy());
    await box.until('both items landed', () => count('landed') === 2);
    await box.until('the run ended', () => count('run-ended') === 1);
  });
});

describe('in a terminal', needs('tmux'), () => {
  test('a stopped terminal (^S) stops nobody: items land meanwhile, and ^Q shows it', {
    timeout: 90_000,
  }, async () => {
    await addSlow(4, 2);
    const terminal = open();
    terminal.type(`TERM=dumb ${HARNESS} parallel --agents 2 --until-empty; echo "exit $?"`);
    await terminal.shows(/slow 2[^]*implementing/);
    terminal.press('C-s');
    await box.until('all items landed', () => count('landed') === 4, 60_000);
    await box.until('the run ended', () => count('run-ended') === 1);
    expect(terminal.screen()).not.toContain('4 landed');
    terminal.press('C-q');
    await terminal.shows(/4 landed, 0 failed[^]*exit 0/);
  });

  test('K06: a closed terminal leaves the run going; another one shows it, and ^C there leaves it alone', async () => {
    await addSlow(2, 6);
    const first = open();
    first.type(`${HARNESS} parallel --agents 2 --until-empty`);
    await first.shows(/a2 +● implementing/);
    first.close();
    const second = open();
    second.type(`${HARNESS} dashboard`);
    await second.shows(/a2 +● implementing/);
    second.press('C-c');
    await second.shows(/goes on/);
    await box.until('both items landed', () => count('landed') === 2, 60_000);
    await box.until('the run ended', () => count('run-ended') === 1);
  });

  test('K05: ^C at the terminal reaches the front alone: it lets what runs finish, and starts nothing new', async () => {
    await addSlow(3, 4);
    const terminal = open();
    terminal.type(`${HARNESS} parallel --agents 1; echo "exit $?"`);
    await terminal.shows(/a1 +● implementing/);
    terminal.press('C-c');
    await terminal.shows(/draining/);
    await terminal.shows(/1 landed, 0 failed, 0 held, 2 left[^]*exit 130/);
    expect((await box.list()).map((one) => one.place)).toEqual(['done', 'pending', 'pending']);
    expect(count('session-started')).toBe(1);
  });

  test('K04: ^C twice gives everything back at once, with the unfinished work saved', async () => {
    await box.add('long', '[[write:half.txt|half]][[sleep:300]]');
    const terminal = open();
    terminal.type(`${HARNESS} parallel --agents 1; echo "exit $?"`);
    await terminal.shows(/Bash: sleep/);
    terminal.press('C-c');
    await terminal.shows(/draining/);
    terminal.press('C-c');
    await terminal.shows(/0 landed, 0 failed, 0 held, 1 left[^]*exit 130/);
    expect(await box.list()).toMatchObject([{ place: 'pending', attempt: 1 }]);
    expect(count('rescued')).toBe(1);
  });
});
