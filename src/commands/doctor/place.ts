import { statfsSync, statSync } from 'node:fs';
import { findRepository } from '../../home.ts';
import { error, ok, warning } from './check.ts';
import type { Check, Finding } from './check.ts';
import { nearestFolder } from './probe.ts';

/** File systems by the number that the kernel gives them, with what is wrong with them as the place of a home. */
const UNFIT: Readonly<Record<number, Finding>> = {
  0x6969: error(
    'it lies on NFS, where locks and renames are not to be relied on',
    'use a home on a local disk',
  ),
  0xff534d42: error('it lies on a Windows share (CIFS)', 'use a home on a local disk'),
  0xfe534d42: error('it lies on a Windows share (SMB2)', 'use a home on a local disk'),
  0x01021997: warning(
    'it lies on a folder shared by 9P (WSL, virtual machine)',
    'use a home on a local disk',
  ),
  0x65735546: warning('it lies on a FUSE file system', 'use a home on a local disk, or try it out well'),
  0x01021994: warning('it lies in memory (tmpfs): a restart of the machine loses it', 'use a home on a disk'),
  0x794c7630: warning('it lies in the layer of a container, which goes with it', 'use a home on a volume'),
};

/** Programs that copy folders between machines: they duplicate, evict and lock files as they like. */
const SYNCED =
  /\/(Dropbox|OneDrive[^/]*|Google ?Drive|iCloud ?Drive|Mobile Documents|Nextcloud|ownCloud|pCloud ?Drive|Syncthing|Box Sync|MEGA)(\/|$)/i;

/** The name of the synchronised folder that a path lies in. */
export const syncedBy = (path: string): string | undefined => SYNCED.exec(path)?.[1];

/** Where the home lies. */
export const place: Check = {
  name: 'home',
  look({ home, env }) {
    if (!home) {
      return [
        warning('none here: this is not in a git repository', 'go to one, or name a home with --home DIR'),
      ];
    }
    const folder = nearestFolder(home.folder);
    const found: Finding[] = [];
    const synced = syncedBy(home.folder);
    if (synced !== undefined) {
      const todo = 'set HARNESS_HOME or XDG_STATE_HOME to a folder elsewhere';
      found.push(error(`${home.folder} lies in ${synced}, which moves files on its own`, todo));
    }
    const around = findRepository(folder)?.root;
    if (around !== undefined && !home.configFile.startsWith(home.folder)) {
      const what = `${home.folder} lies inside the repository ${around}: its test runners and compilers may pick up agents' files`;
      found.push(warning(what, 'set HARNESS_HOME or XDG_STATE_HOME to a folder outside of it'));
    }
    const unfit = UNFIT[statfsSync(folder).type >>> 0];
    if (unfit) found.push({ ...unfit, what: `${home.folder}: ${unfit.what}` });
    found.push(...rightsOf(home.folder));
    const state = folder === home.folder ? '' : ', made when first needed';
    const named = env.HARNESS_HOME ? ' (HARNESS_HOME)' : '';
    return found.length > 0 ? found : [ok(`${home.folder}${named}${state}`)];
  },
};

/** Others must not be able to put work items into the queue, which is as good as running commands. */
function rightsOf(folder: string): Finding[] {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (!stat) return [];
  const mine = stat.uid === process.getuid?.();
  if (!mine) return [error(`${folder} belongs to another user`, 'use a home of your own')];
  if ((stat.mode & 0o022) === 0) return [];
  return [error(`${folder} can be written by other users`, `run chmod go-w ${folder}`)];
}
