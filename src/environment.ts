/**
 * The environment of everything that runs an agent's work: an allow-list, so that no secret of the surrounding shell
 * (cloud keys, push tokens, agent sockets) and no variable of a surrounding Claude session gets in.
 */
const ALLOWED = new Set(
  [
    'PATH HOME USER LOGNAME SHELL TMPDIR TZ LANG LANGUAGE TERM CI XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME',
    'HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy',
    'SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS REQUESTS_CA_BUNDLE CURL_CA_BUNDLE',
  ]
    .join(' ')
    .split(' '),
);

/** What the CLI needs to log in and to reach its provider, besides ANTHROPIC_*; other CLAUDE* variables describe a surrounding session. */
const ALLOWED_FOR_AGENT = new Set(
  [
    'CLAUDE_CONFIG_DIR CLAUDE_CODE_OAUTH_TOKEN CLAUDE_CODE_API_KEY_HELPER_TTL_MS IS_SANDBOX',
    'CLAUDE_CODE_USE_BEDROCK CLAUDE_CODE_USE_VERTEX CLAUDE_CODE_USE_FOUNDRY CLAUDE_CODE_USE_MANTLE',
    'CLAUDE_CODE_SKIP_BEDROCK_AUTH CLAUDE_CODE_SKIP_VERTEX_AUTH CLAUDE_CODE_SKIP_FOUNDRY_AUTH',
    'CLAUDE_CODE_CLIENT_CERT CLAUDE_CODE_CLIENT_KEY CLAUDE_CODE_CLIENT_KEY_PASSPHRASE',
  ]
    .join(' ')
    .split(' '),
);

type Environment = Record<string, string | undefined>;

function pick(env: Environment, allowed: (name: string) => boolean): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && allowed(name)) out[name] = value;
  return out;
}

const isPlain = (name: string) => ALLOWED.has(name) || name.startsWith('LC_');

/** The environment of checks and set-up commands: nothing that could log in anywhere. */
export function commandEnvironment(
  env: Environment,
  extra: Record<string, string> = {},
): Record<string, string> {
  return { ...pick(env, isPlain), ...extra };
}

const isForAgent = (name: string) =>
  isPlain(name) || name.startsWith('ANTHROPIC_') || ALLOWED_FOR_AGENT.has(name);

/** The environment of an agent: that of commands and what the CLI needs to reach its provider. */
export function agentEnvironment(
  env: Environment,
  extra: Record<string, string> = {},
): Record<string, string> {
  return { ...pick(env, isForAgent), ...extra };
}

/** What a message to the person's own desktop needs. */
const ALLOWED_FOR_NOTIFIER = new Set(
  'DBUS_SESSION_BUS_ADDRESS DISPLAY WAYLAND_DISPLAY XAUTHORITY XDG_RUNTIME_DIR'.split(' '),
);

/** The environment of `notify.command`: that of commands and what a desktop needs; a repository may name the command. */
export const notifierEnvironment = (env: Environment): Record<string, string> =>
  pick(env, (name) => isPlain(name) || ALLOWED_FOR_NOTIFIER.has(name));
