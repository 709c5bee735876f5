import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox, STAND_IN } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

/** Where in the home a text stands: files of any kind, the depot's packed objects excepted. */
function filesWith(text: string): string[] {
  return readdirSync(box.home, { recursive: true, encoding: 'utf8' })
    .map((name) => join(box.home, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile())
    .filter((file) => readFileSync(file).includes(text))
    .map((file) => relative(box.home, file))
    .toSorted();
}

const KNOWN = 'k4n4ry-of-the-login';
const CONFIGURED = 'c4n4ry-of-the-config';
const SHAPED = ['ghp', '_c4n4ryOfTheCheck0123456789'];
const SAID = ['sk-ant-', 'c4n4ryOfTheAnswer0123456789'].join('');

/** An agent that writes its key to stderr in two pieces, and then works. */
const TELLTALE =
  'key=$ANTHROPIC_API_KEY; printf "key ${key%login}" >&2; sleep 0.1; echo "login" >&2; exec "$@"';

test('no secret gets into anything that is written, but into what the user wrote', async () => {
  box.write({
    '.harness/config.yaml': `max_attempts: 1\ncorrections: 1\nagent: { env: { DEPLOY_TOKEN: ${CONFIGURED} } }\n`,
  });
  const check = `printf '%s\\n' "$DEPLOY_TOKEN"; printf 'ghp%s\\n' ${SHAPED[1]}; exit 1`;
  const body = `[[say:the key is ${SAID}]][[bash:echo "$ANTHROPIC_API_KEY $DEPLOY_TOKEN"]][[write:a.txt|1]]`;
  await box.add('one', body, '--check', check);
  const transcripts = join(box.root, 'transcripts');
  const ran = await box.harness(['parallel', '--agents', '1', '--until-empty'], {
    env: {
      ANTHROPIC_API_KEY: KNOWN,
      CLAUDE_CONFIG_DIR: transcripts,
      HARNESS_AGENT_COMMAND: JSON.stringify(['sh', '-c', TELLTALE, 'agent', ...STAND_IN]),
    },
  });
  expect(ran).toMatchObject({ code: 1, stderr: '' });
  const secrets = [KNOWN, CONFIGURED, SHAPED.join('')];
  for (const secret of [...secrets, SAID]) expect(ran.stdout).not.toContain(secret);
  // It was there to be written: what was is without the secret.
  const { attempts } = (await box.list().then(([item]) => box.show(item?.id ?? ''))) as {
    attempts: { finding?: string }[];
  };
  expect(attempts[0]?.finding).toMatch(/End of its output:\n\[redacted\]\n\[redacted\]\n/);
  expect(readFileSync(join(box.home, 'state/agents/a1/stderr.log'), 'utf8')).toBe('key [redacted]\n');
  const turns = box.journal().flatMap((one) => (one.is === 'turn-ended' ? [one.text ?? ''] : []));
  expect(turns[0]).toContain('the key is [redacted]');
  for (const secret of secrets) expect(filesWith(secret)).toEqual([]);
  for (const file of filesWith(SAID))
    expect(file).toMatch(/^queue\/(?:ids|failed)\/|^state\/agents\/a1\/inflight\.ndjson$/);
});
