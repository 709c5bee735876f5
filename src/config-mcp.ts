import { z } from 'zod';

const texts = z.record(z.string(), z.string()).default({});

/** An MCP server of the user's, as the CLI reads it: a program, or an address. */
export const mcpServer = z.union(
  [
    z.strictObject({ command: z.string().trim().min(1), args: z.array(z.string()).default([]), env: texts }),
    z.strictObject({ type: z.enum(['http', 'sse']), url: z.url(), headers: texts }),
  ],
  { error: 'a server: command (with args and env), or type http or sse with url (and headers)' },
);
