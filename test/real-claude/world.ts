import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startApi } from './api.ts';
import type { Api } from './api.ts';

/** The real CLI, as this folder's own lock file installs it. */
export const CLAUDE = fileURLToPath(new URL('node_modules/.bin/claude', import.meta.url));

/** A place of its own for one test of the real CLI: nothing of the machine's user gets in, nothing leaves the machine. */
export interface World {
  api: Api;
  /** Holds everything below; removed at the end. */
  folder: string;
  /** A git repository with one commit on `main`. */
  repository: string;
  /** The whole environment for the CLI, or for a harness that starts it: made from nothing. */
  env: Record<string, string>;
  close(): Promise<void>;
}

/** Makes a world: a loopback API, a home, a made-up key, a repository with `files` in its first commit. */
export async function makeWorld(files: Record<string, string> = { 'README.md': 'hello\n' }): Promise<World> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'real-claude-')));
  const home = join(folder, 'home');
  const temporary = join(folder, 'tmp');
  const repository = join(folder, 'repository');
  mkdirSync(home);
  mkdirSync(temporary);
  writeFileSync(join(home, '.gitconfig'), '[user]\n\tname = Real Test\n\temail = real@test.invalid\n');
  const api = await startApi();
  const env = {
    PATH: [dirname(CLAUDE), dirname(process.execPath), '/usr/local/bin:/usr/bin:/bin'].join(delimiter),
    HOME: home,
    TMPDIR: temporary,
    LANG: 'C.UTF-8',
    ANTHROPIC_BASE_URL: api.url,
    ANTHROPIC_API_KEY: 'sk-ant-made-up-for-a-test',
    DISABLE_AUTOUPDATER: '1',
  };
  makeRepository(repository, files, env);
  return {
    api,
    folder,
    repository,
    env,
    async close() {
      await api.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function makeRepository(folder: string, files: Record<string, string>, env: Record<string, string>): void {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, env, stdio: 'ignore' });
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'Begin');
}
