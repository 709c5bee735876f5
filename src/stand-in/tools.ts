import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { sleep } from '../clock.ts';
import { commitAll, currentBranch, git } from './git.ts';
import { aboutThis, callTool } from './mcp-client.ts';
import type { Deed, Fault } from './script.ts';

/** What is done like a tool call. */
export type ToolDeed = Exclude<Deed, Fault | { is: 'cost' | 'no-commit' | 'resolve' }>;

/** Where a deed is done. */
export interface Place {
  cwd: string;
  /** What was uncommitted before: not the stand-in's to commit. */
  foreign: ReadonlySet<string>;
  /** Aborted when the turn is interrupted; what a tool runs is killed then. */
  signal: AbortSignal;
  /** The file that names MCP servers. */
  mcpConfig?: string | undefined;
}

/** The tool call that a deed looks like, for those who watch. */
export function toolCall(deed: ToolDeed): { name: string; input: Record<string, unknown> } {
  switch (deed.is) {
    case 'write':
      return { name: 'Write', input: { file_path: deed.path, content: deed.content } };
    case 'edit':
      return { name: 'Edit', input: { file_path: deed.path, old_string: deed.old, new_string: deed.new } };
    case 'bash':
      return { name: 'Bash', input: { command: deed.command } };
    case 'commit':
      return { name: 'Bash', input: { command: `git commit -m '${deed.message.replaceAll("'", '')}'` } };
    case 'merge':
      return { name: 'Bash', input: { command: `git merge ${deed.commit}` } };
    case 'sleep':
      return { name: 'Bash', input: { command: `sleep ${deed.ms / 1000}` } };
    case 'call':
      return { name: `mcp__harness__${deed.tool}`, input: { ...deed.arguments } };
    case 'say':
      return { name: 'Bash', input: { command: deed.is } };
    default:
      return deed satisfies never;
  }
}

/** Does a deed; returns what the tool would print, throws what went wrong. */
export async function perform(deed: ToolDeed, place: Place): Promise<string> {
  const { cwd, foreign, signal } = place;
  switch (deed.is) {
    case 'write':
      return write(resolve(cwd, deed.path), deed.content);
    case 'edit':
      return edit(resolve(cwd, deed.path), deed.old, deed.new);
    case 'bash':
      return bash(deed.command, place);
    case 'commit':
      return commitAll(cwd, deed.message, foreign) ?? 'nothing to commit';
    case 'merge':
      return git(cwd, ['merge', '--no-edit', '-X', 'ours', deed.commit]);
    case 'sleep':
      await sleep(deed.ms, signal);
      return '';
    case 'call':
      return callTool(deed.tool, aboutThis(deed.arguments, currentBranch(cwd)), place.mcpConfig);
    case 'say':
      return '';
    default:
      return deed satisfies never;
  }
}

function write(path: string, content: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return `wrote ${path}`;
}

function edit(path: string, old: string, replacement: string): string {
  const text = readFileSync(path, 'utf8');
  if (!text.includes(old)) throw new Error(`String to replace not found in ${path}`);
  writeFileSync(
    path,
    text.replace(old, () => replacement),
  );
  return `edited ${path}`;
}

/** Runs a command in a process group of its own, as the real CLI does. */
function bash(command: string, { cwd, signal }: Place): Promise<string> {
  return new Promise((settle, fail) => {
    const prefix = process.env.CLAUDE_CODE_SHELL_PREFIX;
    const [program, args] = prefix ? [prefix, [command]] : ['sh', ['-c', command]];
    const child = spawn(program, args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-10_000)));
    }
    signal.addEventListener('abort', kill, { once: true });
    child.once('error', fail);
    child.once('exit', (code, by) => {
      signal.removeEventListener('abort', kill);
      if (code === 0) settle(output);
      else fail(new Error(`Exit code ${code ?? by}\n${output}`));
    });
  });
}
