import { join } from 'node:path';
import type { Git } from './git.ts';
import { TARGET_REF } from './refs.ts';
import { configText, refsHook } from './view.ts';
import type { View } from './view.ts';

/** Settings that every depot has, whatever the user's own configuration says: agents commit here, unattended. */
export const SETTINGS = {
  'core.logAllRefUpdates': 'always',
  'core.fsync': 'committed', // a landing that was acknowledged must outlive a power cut
  'core.fsyncMethod': 'batch',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'commit.gpgSign': 'false', // nobody is there to type a passphrase
  'tag.gpgSign': 'false',
};

/** What views take over from the depot: who commits, what its file system is like, which hash it uses. */
const FROM_DEPOT =
  /^(user\.(name|email)|harness\.base|core\.(repositoryformatversion|filemode|symlinks|ignorecase|precomposeunicode)|extensions\.objectformat)$/;

/** What the coordinator's view takes over from the user's own settings, so that it and the agents see one tree alike. */
const FROM_USER =
  /^(core\.(excludesfile|attributesfile|autocrlf|eol|safecrlf)|filter\.lfs\.\w+|diff\.(renames|algorithm)|merge\.(renames|renamelimit|directoryrenames)|i18n\.commitencoding)$/;

type Settings = Record<string, string>;

/** The settings that views of a depot are made of, read when it is opened, before any agent runs. */
export interface Shared {
  depot: Settings;
  user: Settings;
}

/** Reads the settings of a depot and what counts of the user's own. */
export async function readShared(git: Git, depotGitDir: string): Promise<Shared> {
  const list = async (args: string[]) => {
    const { stdout } = await git.run(['config', ...args, '--list', '-z'], { ok: [0, 1, 128] });
    return parseSettings(stdout);
  };
  const depot = await list(['--file', join(depotGitDir, 'config')]);
  return { depot: only(depot, FROM_DEPOT), user: only(await list(['--global', '--includes']), FROM_USER) };
}

/** Settings from `git config --list -z`; where one is given several times, the last counts. */
export function parseSettings(text: string): Settings {
  const pairs = text.split('\0').filter((line) => line !== '');
  return Object.fromEntries(
    pairs.map((line): [string, string] => {
      const at = line.indexOf('\n');
      return at === -1 ? [line, 'true'] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

const only = (settings: Settings, names: RegExp): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => names.test(name)));

/** The coordinator's own view: no hooks, and nothing in its settings that an agent could have put there. */
export function ownView(folder: string, shared: Shared): View {
  const settings = { ...shared.user, ...SETTINGS, ...shared.depot, 'core.bare': 'false' };
  const files = { config: configText(settings), HEAD: `ref: ${TARGET_REF}\n` };
  return { folder, links: ['logs'], files };
}

/** The view of an agent: its settings are its own, git deletes no objects for it, and a hook keeps it to its branch. */
export function agentView(folder: string, shared: Shared, ownFile: string): View {
  const settings = {
    ...SETTINGS,
    ...shared.depot,
    'core.bare': 'false',
    // No hook of the user's runs here, not even one that the user's own settings name for all repositories.
    'core.hooksPath': join(folder, 'hooks'),
    // `git gc --prune=now` of one agent would delete what another one has just written.
    'extensions.preciousObjects': 'true',
  };
  const hook = 'hooks/reference-transaction';
  return {
    folder,
    links: [], // its log of refs is its own: it says what this agent moved
    files: { config: configText(settings), HEAD: `ref: ${TARGET_REF}\n`, [hook]: refsHook(ownFile) },
  };
}
