import { z } from 'zod';
import { mcpServer } from './config-mcp.ts';
import { duration, size, text, whole } from './config-values.ts';

const recycle = z.strictObject({
  context: whole(60, 'How full its context may be, in percent.', { least: 5, most: 100 }),
  memory: size('2GiB', 'How much memory its process, with MCP servers, may hold between two items.'),
  items: whole(25, 'How many items it works on.', { least: 1, most: 100_000 }),
  slowdown: whole(4, 'How many times as long as at first it may take to begin to answer.', {
    least: 2,
    most: 1_000,
  }),
});

/** The patience with the sessions of agents, what they are offered, and when they are replaced. */
export const session = z.strictObject({
  start: duration('2m', 'How long an agent may take to start.'),
  silence: duration('10m', 'After this long without a sign of life in a turn, the session is ended.'),
  grace: duration('10s', 'How long a process that is asked to end may take.', { most: '10m' }),
  idle_close: duration('15m', 'After this long without work a session is closed, to go on later.'),
  sandbox: z
    .enum(['auto', 'on', 'off'], { error: 'auto, on or off' })
    .default('auto')
    .describe('Whether commands of agents write their own folders only: if it can be had, always, or not.'),
  between_items: z
    .enum(['keep', 'clear', 'new'], { error: 'keep, clear or new' })
    .default('keep')
    .describe(
      'What an agent remembers at its next item: the conversation, nothing, or nothing in a new process.',
    ),
  recycle: recycle
    .prefault({})
    .describe('A session beyond one of these is replaced before its next item, and hands over first.'),
  tools: z
    .array(text('the name of a tool, for example Bash'))
    .optional()
    .describe('The built-in tools that agents are offered; left out, all of the agent program.'),
  mcp: z
    .record(z.string().regex(/^[A-Za-z0-9][\w-]{0,40}$/), mcpServer)
    .default({})
    .describe('MCP servers of yours that agents may use, by name.'),
});
