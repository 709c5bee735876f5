import { Git } from './git.ts';
import type { Depot } from './depot.ts';
import type { Published } from './publish.ts';

/** Reaching a remote over a slow line, with everything the target has. */
const PUSH_TIMEOUT_MS = 5 * 60_000;

/** What reaching a remote may need of the surroundings: keys in an agent, proxies. Nothing that asks a person. */
const OUTBOUND = ['SSH_AUTH_SOCK', 'GIT_SSH_COMMAND', 'https_proxy', 'HTTPS_PROXY', 'http_proxy', 'no_proxy'];

/**
 * Pushes the published target on to a remote of the user's repository, only forward and without hooks. What somebody else
 * pushed there meanwhile comes back as `ahead`, its objects in the depot. Never asks for a password: it fails then.
 */
export async function push(depot: Depot, remote: string): Promise<Published> {
  const users = new Git(depot.rig.path);
  const target = await depot.target();
  const ref = `refs/heads/${depot.rig.target}`;
  const options = { env: environment(), ok: [0, 1, 128], timeoutMs: PUSH_TIMEOUT_MS };
  const args = ['push', '--porcelain', '--no-verify', '--no-follow-tags', '--recurse-submodules=no'];
  const pushed = await users.run([...args, '--', remote, `${target}:${ref}`], options);
  if (pushed.code === 0) return { published: target };
  const said = lastLine(pushed.stderr) || lastLine(pushed.stdout);
  const where = `${depot.rig.target} could not be pushed to ${remote}`;
  if (!/\[rejected\].*\((fetch first|non-fast-forward)\)/.test(pushed.stdout))
    return { refused: `${where}: ${said}` };
  const listed = await users.run(['ls-remote', '--', remote, ref], options);
  const theirs = listed.stdout.split('\t')[0] ?? '';
  if (listed.code !== 0 || theirs === '') return { refused: `${where}: ${said}` };
  const fetch = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance'];
  const fetched = await users.run([...fetch, '--refmap=', '--', remote, ref], options);
  if (fetched.code !== 0) return { refused: `${where}: ${lastLine(fetched.stderr)}` };
  await depot.take(theirs);
  return { ahead: theirs };
}

function environment(): Record<string, string> {
  const env: Record<string, string> = {
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
    GIT_ASKPASS: 'false',
    SSH_ASKPASS: 'false',
  };
  for (const name of OUTBOUND) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

const lastLine = (text: string): string =>
  text
    .trim()
    .split('\n')
    .findLast((line) => /^(fatal|error|remote|!)/.test(line)) ?? '';
