/** What the stand-in is told on its command line; the same flags as the real CLI has. */
export interface Options {
  session: string;
  /** The session is one to go on with. */
  resume: boolean;
  model: string;
  permissionMode: string;
  /** The most model rounds of one prompt. */
  maxRounds: number;
  /** The file that names MCP servers. */
  mcpConfig: string | undefined;
}

const WITH_VALUE = new Set(
  (
    'input-format output-format session-id resume model permission-mode permission-prompts allowedTools disallowedTools ' +
    'tools mcp-config settings setting-sources append-system-prompt append-system-prompt-file max-turns max-budget-usd ' +
    'fallback-model effort add-dir name'
  ).split(' '),
);
const ALONE = new Set(
  'print verbose include-partial-messages replay-user-messages strict-mcp-config dangerously-skip-permissions'.split(
    ' ',
  ),
);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads the arguments; a string says, as the real CLI would on stderr, what is wrong with them. */
export function readOptions(args: readonly string[]): Options | string {
  const values = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const name = arg === '-p' ? 'print' : arg.replace(/^--/, '');
    if (ALONE.has(name)) values.set(name, '');
    else if (arg.startsWith('--') && WITH_VALUE.has(name)) values.set(name, args[++at] ?? '');
    else return `error: unknown option '${arg}'`;
  }
  if (values.get('output-format') === 'stream-json' && !values.has('verbose')) {
    return 'Error: When using --print, --output-format=stream-json requires --verbose';
  }
  const session = values.get('session-id') ?? values.get('resume') ?? '';
  if (!UUID.test(session)) return 'Error: Invalid session ID. Must be a valid UUID.';
  const bypass = values.has('dangerously-skip-permissions');
  return {
    session,
    resume: values.has('resume'),
    // What does the work is named wherever a model is: nobody shall think that one was asked.
    model: 'stand-in',
    maxRounds: Number(values.get('max-turns') || Number.POSITIVE_INFINITY),
    mcpConfig: values.get('mcp-config'),
    permissionMode: bypass ? 'bypassPermissions' : (values.get('permission-mode') ?? 'default'),
  };
}
