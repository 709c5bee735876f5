import type { ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { widthOf } from '../../src/dashboard/cells.ts';
import { replaceFile } from '../../src/durable.ts';
import { needs } from '../needs.ts';
import { Sandbox } from '../story/sandbox.ts';
import { agent, HOSTILE, snapshot } from './scene-fixture.ts';
import { HARNESS, Terminal } from './terminal-fixture.ts';

let box: Sandbox;
let run: ChildProcess | undefined;
let terminals: Terminal[] = [];

beforeEach(() => {
  box = new Sandbox();
});
afterEach(async () => {
  for (const terminal of terminals) terminal.close();
  terminals = [];
  await stop();
  // Those in a closed terminal take a moment to end.
  await box.until('nothing is left', () => box.alive().length === 0).catch(() => undefined);
  box.close();
});

async function open(setup: ConstructorParameters<typeof Terminal>[1] = {}): Promise<Terminal> {
  const terminal = new Terminal(box, setup);
  terminals.push(terminal);
  // What is typed before the prompt would stand above it.
  await terminal.shows(/^\$/);
  return terminal;
}

/** A run with three agents that are busy until the test is over. */
async function busyRun(titles = ['first', 'second 日本語', 'third 🎉']): Promise<void> {
  for (const title of titles) await box.add(title, '[[sleep:300]]');
  run = box.start(['parallel', '--agents', '3']);
  await box.until(
    'all agents work',
    () => box.journal().filter((one) => one.is === 'session-started').length === 3,
  );
}

async function stop(): Promise<void> {
  if (!run) return;
  const gone = new Promise((resolve) => run?.once('exit', resolve));
  run.kill('SIGTERM');
  run.kill('SIGINT');
  if (run.exitCode === null && run.signalCode === null) await gone;
  run = undefined;
}

/** A home in which nothing runs but a snapshot lies. */
function still(more: Parameters<typeof snapshot>[0]): string {
  const folder = join(box.root, 'still');
  mkdirSync(join(folder, 'state'), { recursive: true });
  const now = new Date().toISOString();
  const text = JSON.stringify(snapshot({ at: now, startedAt: now, ...more }));
  replaceFile(join(folder, 'state/snapshot.json'), text);
  return `${HARNESS} --home ${folder} dashboard`;
}

describe('beside a run', needs('tmux'), () => {
  test('T02: shows the agents at work, follows every change of the window, and is left with q', async () => {
    await busyRun();
    const terminal = await open();
    terminal.type(`${HARNESS} dashboard`);
    await terminal.shows(/a3 +● implementing[^]* 3 claimed|3 claimed[^]*a3 +● implementing/);
    for (const [columns, rows, what] of [
      [200, 50, /agent +state +time +item +title +session +last event +lease/],
      [20, 5, /^● 0 landed 0 pending\n*$/],
      [1, 1, /^.?\n*$/],
      [500, 200, /agent +state/],
      [80, 24, /a3 +● implementing +\d+\w+ +\w+ +third 🎉/],
    ] as const) {
      terminal.resize(columns, rows);
      await terminal.shows(what);
      for (const line of terminal.lines()) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    }
    for (let n = 0; n < 30; n++) terminal.resize(20 + ((n * 37) % 150), 4 + ((n * 11) % 40));
    terminal.resize(80, 24);
    const screen = await terminal.shows(/^ harness · .* ● running[^\n]*\n\n run [^]* q leave .*\n$/);
    expect(screen).toMatch(/second 日本語/);
    expect(screen.match(/harness · /g)).toHaveLength(1);
    terminal.press('q');
    const after = await terminal.shows(/run r\w+ goes on; harness dashboard shows it again\n\$\n*$/);
    expect(after).not.toMatch(/implementing/);
    expect((await box.status()).state).toBe('running');
  });

  test('can be opened again, several at once, and leaves the terminal as it was', async () => {
    await busyRun();
    const [one, two] = [await open(), await open({ columns: 130, rows: 30 })];
    one.type(`stty -g > before; ${HARNESS} dashboard; stty -g > after`);
    two.type(`${HARNESS} dashboard`);
    await Promise.all([one.shows(/a1 +● implementing/), two.shows(/a1 +● implementing/)]);
    one.press('q');
    await one.shows(/goes on/);
    const settings = (name: string) => readFileSync(join(box.repository, name), 'utf8');
    await box.until('the shell is back', () => existsSync(join(box.repository, 'after')));
    await one.shows(/^\$$/m);
    expect(settings('after')).toBe(settings('before'));
    two.press('Down', 'Enter');
    await two.shows(/ agent +a1[^]* session +live/);
    one.type(`${HARNESS} dashboard`);
    await one.shows(/a1 +● implementing/);
  });

  test('keys open an agent, another one, the help, and lead back', async () => {
    await busyRun();
    const terminal = await open();
    terminal.type(`${HARNESS} dashboard`);
    await terminal.shows(/a1 +● implementing/);
    terminal.press('Down', 'j');
    await terminal.shows(/❯ {2}a2/);
    terminal.press('Enter');
    await terminal.shows(/ agent +a2[^]*» # Work item \w+: second 日本語/);
    terminal.press('Down');
    await terminal.shows(/ agent +a3/);
    terminal.press('?');
    await terminal.shows(/ keys\n/);
    terminal.press('Escape');
    await terminal.shows(/❯ {2}a3/);
    // Before the choice is forgotten, it would be the agent that is paused.
    terminal.press('Escape');
    await terminal.shows(/^(?![^]*❯)/);
    terminal.press('p');
    await terminal.shows(/◐ paused[^]*nothing new is started until harness resume/);
    terminal.press('p');
    await terminal.shows(/● running/);
    terminal.press('C-c');
    await terminal.shows(/goes on/);
  });
});

describe('keys that do something', needs('tmux'), () => {
  test('to agents: n tells one something, i cuts one off, enter shows what it says', async () => {
    await busyRun();
    const terminal = await open({ columns: 100, rows: 30 });
    terminal.type(`${HARNESS} dashboard`);
    await terminal.shows(/a1 +● implementing/);
    terminal.press('Down', 'n');
    await terminal.shows(/tell a1: █/);
    terminal.tmux('send-keys', '-l', 'look at q and ? first');
    await terminal.shows(/tell a1: look at q and \? first█/);
    terminal.press('Escape');
    await terminal.shows(/q leave/);
    expect(box.journal().some(({ is }) => is === 'nudged')).toBe(false);
    terminal.press('n');
    terminal.type('look at q and ? first');
    await box.happens('nudged', ({ agent: told, text }) => told === 'a1' && text === 'look at q and ? first');
    terminal.press('Enter');
    await terminal.shows(/ agent +a1[^]*» /);
    terminal.press('Down');
    await terminal.shows(/ agent +a2[^]*» /);
    terminal.press('i');
    await terminal.shows(/interrupt a2; it goes on with: █/);
    terminal.press('Enter');
    await box.happens('interrupted', ({ agent: told }) => told === 'a2');
    terminal.press('Enter');
    await terminal.shows(/ item +\w+ +second 日本語[^]*claimed a2/);
    terminal.press('Escape', 'q');
    await terminal.shows(/goes on/);
  });

  test('to the team: p pauses an agent, + brings one, - lets one go, a gives the terminal to one and takes it back', async () => {
    await busyRun();
    const terminal = await open({ columns: 120, rows: 30 });
    terminal.type(`${HARNESS} dashboard`);
    await terminal.shows(/a1 +● implementing/);
    terminal.press('+');
    await box.happens('scaled', ({ agents }) => agents === 4);
    await terminal.shows(/a4 +○ free/);
    terminal.press('-');
    await box.happens('scaled', ({ agents }) => agents === 3);
    terminal.press('Down', 'Down', 'p');
    await terminal.shows(/a2 is paused/);
    const pause = join(box.home, 'state/control/pause-a2');
    expect(existsSync(pause)).toBe(true);
    terminal.press('p');
    await terminal.shows(/a2 goes on/);
    expect(existsSync(pause)).toBe(false);
    terminal.press('a');
    await box.happens('attached', ({ agent: whom }) => whom === 'a2');
    await terminal.shows(/^(?![^]*q leave)/);
    // The end of what is typed ends the agent program.
    terminal.press('C-d');
    await box.happens('detached', ({ agent: whom }) => whom === 'a2');
    await terminal.shows(/❯ {2}a2[^]*(a2 goes on|q leave)/);
    terminal.press('Down');
    await terminal.shows(/❯ {2}a3/);
    terminal.press('q');
    await terminal.shows(/goes on; harness dashboard shows it again/);
  });

  test('to items: h holds and releases, x x gives up, r tries again, / finds', async () => {
    await busyRun();
    const id = await box.add('wait a bit', '[[sleep:300]]');
    await box.add('somebody else', '[[sleep:300]]');
    const place = () => box.queue.find(id).place;
    const terminal = await open({ columns: 100, rows: 30 });
    terminal.type(`${HARNESS} dashboard`);
    await terminal.shows(/a1 +● implementing/);
    terminal.press('Tab');
    await terminal.shows(/5 items[^]*somebody else/);
    terminal.press('/');
    terminal.tmux('send-keys', '-l', 'wait');
    await terminal.shows(/1 of 5 items +with wait/);
    expect(terminal.screen()).not.toMatch(/somebody else/);
    terminal.press('Enter', 'Down');
    await terminal.shows(/❯ +\w+ +pending +wait a bit/);
    terminal.press('h');
    await terminal.shows(/❯ +\w+ +held +wait a bit/);
    expect(place()).toBe('held');
    terminal.press('h');
    await terminal.shows(/❯ +\w+ +pending +wait a bit/);
    terminal.press('x');
    await terminal.shows(/cancel \w+\? x again does it/);
    terminal.press('x');
    await terminal.shows(/❯ +\w+ +failed +wait a bit +cancelled/);
    terminal.press('r');
    await terminal.shows(/❯ +\w+ +pending +wait a bit/);
    expect(place()).toBe('pending');
    terminal.press('Enter');
    await terminal.shows(/ item +\w+ +wait a bit/);
    terminal.press('q');
    await terminal.shows(/goes on/);
  });

  test('what an agent does is on the screen as it happens', async () => {
    await box.add('talk', '[[sleep:3]][[bash:echo here I am]][[sleep:300]]');
    run = box.start(['parallel', '--agents', '1']);
    await box.happens('session-started');
    const terminal = await open();
    terminal.type(`${HARNESS} dashboard`);
    await terminal.shows(/a1 +● implementing/);
    terminal.press('Enter');
    await terminal.shows(/ agent +a1/);
    await terminal.shows(/\d\d:\d\d:\d\d {2}Bash {2}echo here I am/);
    terminal.press('q');
    await terminal.shows(/goes on/);
  });
});

describe('of a home in which nothing runs', needs('tmux'), () => {
  test.each([
    [80, 24],
    [200, 50],
  ])('T04: at %dx%d hostile texts reach the terminal as clean bytes', async (columns, rows) => {
    const nasty = Object.values(HOSTILE);
    const agents = nasty.map((words, i) => agent(i + 1, { title: words, last: words, item: words }));
    const texts = { problems: nasty, ready: nasty, landing: nasty[0] ?? '', command: nasty[1] ?? '' };
    const command = still({ state: 'paused', agents, ...texts });
    const terminal = await open({ columns, rows });
    const title = terminal.tmux('display-message', '-p', '#{pane_title}');
    terminal.type(command);
    await terminal.shows(/◐ paused[^]*a1 +● implementing/);
    terminal.press('Down', 'Enter');
    await terminal.shows(/ agent +a1/);
    terminal.press('q');
    await terminal.shows(/^\$\n*$/m);
    expect(obeyed(terminal.bytes())).toEqual([]);
    expect(terminal.tmux('display-message', '-p', '#{pane_title}')).toBe(title);
    expect(terminal.tmux('list-buffers')).toBe('');
  });

  test('a run whose coordinator is gone has died', async () => {
    const terminal = await open({ columns: 120 });
    terminal.type(still({ agents: [agent(1)], pid: 1 }));
    await terminal.shows(/■ no news[^]*no news for \d+s; what is shown is old[^]*unverifiable/);
  });

  test('without colours there are none, and an empty CI is no build server', async () => {
    const terminal = await open({ env: { NO_COLOR: '1', CI: '' } });
    terminal.type(still({ state: 'ended' }));
    await terminal.shows(/○ ended/);
    expect(terminal.bytes()).not.toMatch(/\u001b\[[\d;]*[1-9][\d;]*m/);
  });

  test('with colours there are some', async () => {
    const terminal = await open();
    terminal.type(still({ state: 'ended' }));
    await terminal.shows(/○ ended/);
    expect(terminal.bytes()).toMatch(/\u001b\[36m/);
  });

  test.each([
    ['a dumb terminal', { TERM: 'dumb' }, ''],
    ['a build server', { CI: 'true' }, ''],
    ['a pipe', {}, ' | cat'],
    ['no input', {}, ' < /dev/null'],
  ])('T01: %s gets plain lines', async (_, env, more) => {
    const terminal = await open({ env });
    terminal.type(`${still({ state: 'ended' })}${more}`);
    await terminal.shows(/^run r4k2p: died/m);
    await terminal.shows(/\n\$\n*$/);
    expect(terminal.bytes()).not.toMatch(/\u001b\[\?1049h/);
  });

  test('^L draws everything anew where something else has written', async () => {
    const terminal = await open();
    terminal.type(still({ state: 'ended' }));
    const before = await terminal.shows(/○ ended[^]*q leave/);
    const tty = terminal.tmux('display-message', '-p', '#{pane_tty}').trim();
    appendFileSync(tty, '\u001b[3;1Hgarbage\u001b[10;1Hgarbage\r\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n');
    await terminal.shows(/garbage/);
    terminal.press('C-l');
    await box.until('it is drawn anew', () => terminal.screen() === before);
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('T03: %s gives the terminal back', async (signal) => {
    const terminal = await open();
    const command = still({ state: 'ended' });
    terminal.type(`stty -g > before; sh -c 'echo $$ > pid; exec ${command}'; stty -g > after`);
    await terminal.shows(/○ ended/);
    process.kill(Number(readFileSync(join(box.repository, 'pid'), 'utf8')), signal);
    const settings = (name: string) => readFileSync(join(box.repository, name), 'utf8');
    expect(await box.until('the shell is back', () => settings('after') || undefined)).toBe(
      settings('before'),
    );
    await terminal.shows(/^\$ stty/m);
    expect(terminal.bytes().lastIndexOf('\u001b[?25h')).toBeGreaterThan(
      terminal.bytes().lastIndexOf('\u001b[?25l'),
    );
  });
});

describe('a terminal that fails', needs('tmux'), () => {
  test('T03: after a kill the shell is there, and reset mends the terminal', async () => {
    const terminal = await open();
    terminal.type(`sh -c 'echo $$ > pid; exec ${still({ state: 'ended' })}'`);
    await terminal.shows(/○ ended/);
    process.kill(Number(readFileSync(join(box.repository, 'pid'), 'utf8')), 'SIGKILL');
    await terminal.shows(/Killed/);
    // The terminal is still raw: the return key ends no line there, ^J does.
    terminal.tmux('send-keys', '-l', 'reset; stty -a > after; echo whole');
    terminal.press('C-j');
    await terminal.shows(/^whole$/m);
    const after = readFileSync(join(box.repository, 'after'), 'utf8');
    expect(after).toMatch(/[ ;]icanon/);
    expect(after).toMatch(/[ ;]echo /);
  });

  test('T06: the work goes on while the terminal reads nothing, and the dashboard catches up', async () => {
    const terminal = await open({ columns: 120, rows: 30 });
    terminal.type(`${HARNESS} parallel --agents 1`);
    await terminal.shows(/a1 +○ free/);
    const tty = terminal.tmux('display-message', '-p', '#{pane_tty}').trim();
    const server = Number(terminal.tmux('display-message', '-p', '#{pid}'));
    process.kill(server, 'SIGSTOP');
    try {
      fill(tty);
      await box.add('meanwhile', '[[write:meanwhile.txt|x]]');
      await box.happens('landed');
    } finally {
      process.kill(server, 'SIGCONT');
    }
    terminal.press('C-l');
    await terminal.shows(/ 1 landed/);
    terminal.press('q');
    await terminal.shows(/the run goes on/);
    expect(box.journal().filter(({ is }) => is === 'run-started')).toHaveLength(1);
    expect(await box.harness(['stop'])).toMatchObject({ code: 0 });
  });
});

/** Writes to a terminal that nobody reads until it takes no more. */
function fill(tty: string): void {
  const fd = openSync(tty, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    for (;;) writeSync(fd, ' '.repeat(1024));
  } catch (error) {
    expect(error).toMatchObject({ code: 'EAGAIN' });
  } finally {
    closeSync(fd);
  }
}

/** What a terminal would obey in some bytes, but for what Ink draws with: colours, cursor, erasing, screens. */
function obeyed(bytes: string): string[] {
  const drawn = bytes.replaceAll(/\u001b\[(?:[\d;]*[ABCDEFGHJKm]|\?(?:25|1049|2004|2026)[hl])/g, '');
  return drawn.match(/[^\P{Cc}\r\n]|[\p{Cf}\u2028\u2029]/gu) ?? [];
}
