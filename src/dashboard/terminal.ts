type Env = Readonly<Record<string, string | undefined>>;

/** What the dashboard needs to know of a stream. */
export interface Terminal {
  isTTY?: boolean;
}

const isCi = (value: string | undefined) => value !== undefined && !['', '0', 'false'].includes(value);

/**
 * Whether a dashboard can be shown: both streams are terminals that understand more than plain text, and nobody says
 * that this is a build server. An empty `CI` says nothing (Ink takes it for one, so it is not asked).
 */
export function canShow(stdout: Terminal, env: Env, stdin: Terminal = { isTTY: true }): boolean {
  if (stdout.isTTY !== true || stdin.isTTY !== true) return false;
  return env.TERM !== 'dumb' && !isCi(env.CI) && !isCi(env.CONTINUOUS_INTEGRATION);
}

/** Whether colours are wanted (https://no-color.org). */
export const isColourful = (env: Env): boolean => (env.NO_COLOR ?? '') === '';

/** Whether the terminal shows ASCII only: the locale says so, or it is the console of the kernel. */
export function isAscii(env: Env): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return env.TERM === 'linux' || (locale !== '' && !/utf-?8/i.test(locale));
}
