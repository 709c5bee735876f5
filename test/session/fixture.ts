import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterEach, expect } from 'vitest';
import { newUuid, randomText } from '../../src/clock.ts';
import type { SessionEvent } from '../../src/session/protocol.ts';
import { Session } from '../../src/session/session.ts';
import type { SessionSetup } from '../../src/session/session.ts';
import { remaining } from '../../src/stop.ts';

export const STAND_IN = [process.execPath, resolve('src/stand-in/stand-in.ts')];

/** A tiny program that misbehaves in one way; see odd-agent.ts. */
export const odd = (way: string): string[] => [process.execPath, resolve('test/session/odd-agent.ts'), way];

export interface Stage {
  folder: string;
  marker: string;
  events: SessionEvent[];
  setup: SessionSetup;
  /** Opens a session on this stage. */
  open: (change?: Partial<SessionSetup>) => Promise<Session>;
  git: (...args: string[]) => string;
}

const stages: { stage: Stage; sessions: Session[] }[] = [];

/** A temporary git repository on branch `harness/item-1` and a session set-up in it; checked and removed after the test. */
export function stage(command: string[] = STAND_IN): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'session-'));
  const marker = `t${randomText(10)}.a1`;
  const events: SessionEvent[] = [];
  const sessions: Session[] = [];
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' }).trim();
  git('init', '-q', '-b', 'main');
  git('config', 'user.name', 'A Test');
  git('config', 'user.email', 'test@example.invalid');
  writeFileSync(join(folder, 'README.md'), 'one\n');
  writeFileSync(join(folder, '.gitignore'), 'stderr.log*\ninflight.ndjson\nevents.ndjson*\n.claude/\n');
  git('add', '-A');
  git('commit', '-q', '-m', 'Begin');
  git('switch', '-q', '-c', 'harness/item-1');
  const setup: SessionSetup = {
    command,
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', HOME: folder, CLAUDE_CONFIG_DIR: join(folder, '.claude') },
    sessionId: newUuid(),
    permission: { mode: 'dontAsk', tools: ['Bash', 'Edit', 'Write'] },
    marker,
    folder,
    startMs: 20_000,
    graceMs: 2_000,
    patience: { finishedMs: 300, swallowedMs: 600 },
  };
  const made: Stage = {
    folder,
    marker,
    events,
    setup,
    git,
    async open(change = {}) {
      const session = await Session.open({ ...setup, ...change }, (event) => events.push(event));
      sessions.push(session);
      return session;
    },
  };
  stages.push({ stage: made, sessions });
  return made;
}

afterEach(async () => {
  for (const {
    stage: { folder, marker },
    sessions,
  } of stages.splice(0)) {
    for (const session of sessions) expect(await session.close()).toEqual([]);
    expect(remaining({ marker })).toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  }
});
