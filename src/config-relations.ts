import { normalize } from 'node:path';
import type { Config } from './config-schema.ts';
import { durationText } from './duration.ts';

/** Settings that are right alone but wrong together. */
export interface Conflict {
  /** The settings that it takes, the one to change first. */
  paths: string[][];
  /** What is wrong; what would be right. */
  what: string;
}

/** All conflicts between settings. */
export function conflictsIn(config: Config): Conflict[] {
  return [...beats(config), ...patience(config), ...rigs(config), ...tools(config)];
}

function beats({ tick, heartbeat, stale }: Config): Conflict[] {
  const found: Conflict[] = [];
  for (const [name, ms] of Object.entries({ heartbeat, tick })) {
    if (stale >= 3 * ms) continue;
    const is = `stale (${durationText(stale)}) is less than 3 x ${name} (${durationText(ms)}), so that one late renewal loses an item`;
    const right = `raise stale to ${durationText(3 * ms)} or lower ${name} to ${durationText(Math.floor(stale / 3))}`;
    found.push({ paths: [['stale'], [name]], what: `${is}; ${right}` });
  }
  if (heartbeat < tick) {
    const is = `heartbeat (${durationText(heartbeat)}) is less than tick (${durationText(tick)}), when renewals are made`;
    const what = `${is}; raise heartbeat or lower tick`;
    found.push({ paths: [['heartbeat'], ['tick']], what });
  }
  return found;
}

/** A stall of 405 s that healed by itself is on record (the CLI waiting for a connection that was gone). */
const SHORTEST_SILENCE_MS = 7 * 60_000;

function patience({ session, retry }: Config): Conflict[] {
  const found: Conflict[] = [];
  if (session.silence < SHORTEST_SILENCE_MS) {
    const is = `${durationText(session.silence)} would end sessions whose stall heals by itself (405 s is on record)`;
    found.push({ paths: [['session', 'silence']], what: `${is}; write at least 7m` });
  }
  if (retry.most < retry.first) {
    const is = `retry.most (${durationText(retry.most)}) is less than retry.first (${durationText(retry.first)})`;
    found.push({
      paths: [
        ['retry', 'most'],
        ['retry', 'first'],
      ],
      what: `${is}; write at least that`,
    });
  }
  return found;
}

/** The rules of git for names of branches, and no name that git itself would take for something else. */
function isBranchName(name: string): boolean {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|^-|\.$/.test(name)) return false;
  if (['@', 'HEAD'].includes(name) || name.startsWith('refs/')) return false;
  return name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}

function rigs(config: Config): Conflict[] {
  const found: Conflict[] = [];
  const places = new Map<string, string>();
  for (const [name, { path, target }] of Object.entries(config.rigs)) {
    if (!isBranchName(target)) {
      const what = `not a name that git allows for a branch; write for example harness/integration`;
      found.push({ paths: [['rigs', name, 'target']], what });
    }
    const place = normalize(path ?? '.').replace(/(?<=.)\/$/, '');
    const other = places.get(place);
    if (other !== undefined) {
      const what = `the same repository as rigs.${other}; give each repository one name`;
      found.push({
        paths: [
          ['rigs', name, 'path'],
          ['rigs', name],
        ],
        what,
      });
    }
    places.set(place, name);
  }
  return found;
}

function tools({ permissions }: Config): Conflict[] {
  if (permissions.mode === 'bypass' || permissions.tools.length > 0) return [];
  const what = 'without tools an agent can do nothing; list some, for example [Bash, Edit, Write, Read]';
  return [{ paths: [['permissions', 'tools']], what }];
}
