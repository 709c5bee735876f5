import { randomText } from '../clock.ts';
import { identify } from '../process.ts';
import { diskOf } from './disk.ts';
import type { Disk } from './disk.ts';
import { foldersOf } from './folders.ts';
import type { Folders } from './folders.ts';

/** A process that writes in the folders of a queue; recovery leaves the files of the living alone. */
interface Writer {
  pid: number;
  /** Start time in clock ticks since boot, as in `ProcessIdentity`. */
  start: string;
}

/** Whether a writer still lives. */
export type Alive = (writer: Writer) => boolean;

/** What the steps of a queue work with. All that they know of the world comes through here, so that a test can be it. */
export interface Ground {
  disk: Disk;
  folders: Folders;
  /** Who does the steps. */
  self: () => Writer;
  /** So many random characters, harmless in a file name. */
  random: (length: number) => string;
}

let me: Writer | undefined;

/** The real ground of a queue in a folder. */
export const groundIn = (folder: string): Ground => ({
  disk: diskOf(folder),
  folders: foldersOf(folder),
  self: () => (me ??= identify(process.pid) ?? { pid: process.pid, start: '0' }),
  random: randomText,
});

/** Whether a process that wrote here is still the one that it was. */
export const isAliveHere: Alive = ({ pid, start }) => identify(pid)?.start === start;

/** The part of a temporary name that says who writes; never the same twice. */
export function writerText({ self, random }: Ground): string {
  const { pid, start } = self();
  return `${pid}-${start}-${random(6)}`;
}
