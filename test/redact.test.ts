import { array, assert, nat, property } from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { REDACTED, redactedValue, redactor, secretsIn } from '../src/redact.ts';
import { redactedStream } from '../src/redact-stream.ts';

// Put together here, so that no scanner takes this file for a leak.
const join = (...parts: string[]) => parts.join('');
const SHAPED = {
  anthropic: join('sk-', 'ant-api03-', 'Zq8'.repeat(12)),
  openai: join('sk-', 'proj-', 'aB3'.repeat(10)),
  github: join('ghp', '_', 'aB3x'.repeat(9)),
  'github fine-grained': join('github', '_pat_', 'aB3x'.repeat(10)),
  gitlab: join('glpat', '-', 'aB3x'.repeat(5)),
  npm: join('npm', '_', 'aB3x'.repeat(9)),
  amazon: join('AKIA', 'IOSFODNN7EXAMPLE'),
  google: join('AIza', 'SyA-1234567890abcdefghijklmnopqrstu'),
  slack: join('xoxb', '-1234567890-abcdefgh'),
  jwt: join('eyJhbGciOiJI.', 'eyJzdWIiOiIx.', 'SflKxwRJSMeK'),
  'private key': join('-----BEGIN RSA PRIVATE', ' KEY-----\nMIIEow+/=\n-----END RSA PRIVATE', ' KEY-----'),
};

const clean = redactor([]);

describe('what secrets look like', () => {
  test.each(Object.entries(SHAPED))('%s', (_, secret) => {
    expect(clean(secret)).toBe(REDACTED);
    expect(clean(`before "${secret}" after`)).toBe(`before "${REDACTED}" after`);
    for (const before of ['\n', '\t', '\r\n', '\u0001', '"', '\\']) {
      const text = clean(JSON.stringify(JSON.stringify({ text: `${before}${secret}\n` })));
      expect(JSON.parse(JSON.parse(text) as string)).toEqual({ text: `${before}${REDACTED}\n` });
      expect(JSON.parse(clean(JSON.stringify(`${before}${secret}`)))).toBe(`${before}${REDACTED}`);
    }
    const line = JSON.stringify({ type: 'assistant', text: `it is ${secret} "quoted"` });
    expect(JSON.parse(clean(line))).toEqual({ type: 'assistant', text: `it is ${REDACTED} "quoted"` });
  });

  test.each([
    ['https://me:hunter2@example.com/a.git', `https://me:${REDACTED}@example.com/a.git`],
    ['Authorization: Basic bWU6aHVudGVyMg==', `Authorization: Basic ${REDACTED}`],
    ['{"authorization":"Bearer abcdef0123456789abcdef"}', `{"authorization":"Bearer ${REDACTED}"}`],
    ['API_TOKEN=a1b2c3d4e5f6a7b8c9', `API_TOKEN=${REDACTED}`],
    ['password: "Tr0ub4dor3Tr0ub4dor3"', `password: "${REDACTED}"`],
    [SHAPED['private key'].slice(0, 40), REDACTED],
  ])('%s', (text, expected) => expect(clean(text)).toBe(expected));

  test.each([
    'const token = readToken(request);',
    'password: string',
    'commit 0123456789abcdef0123456789abcdef01234567',
    'session 1b4e28ba-2fa1-41d2-883f-0016d3cca427',
    'https://example.com:8080/a@b',
    'a task-skeleton, the risk-of-something-that-is-long',
    'see src/api-key.ts',
  ])('not in: %s', (text) => expect(clean(text)).toBe(text));

  it('takes no time on long and hostile texts', () => {
    const begun = performance.now();
    for (const part of ['x', 'a:', '://', 'token=', 'eyJaaaaaaa.', '-----BEGIN PRIVATE KEY-----', 'bearer '])
      clean(part.repeat(1_000_000 / part.length));
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});

describe('the secrets in an environment', () => {
  it('are what is named like one', () => {
    const env = {
      ANTHROPIC_API_KEY: 'canary-1-key',
      GITHUB_TOKEN: 'canary-2-token',
      PGPASSWORD: 'canary-3-word',
      STRIPE_SECRET_LIVE: 'canary-4-secret',
      TLS_PRIVATE_KEY: 'first-line-1\nsecond-line-2\n',
      DATABASE_URL: 'postgres://app:canary-5-url@db/app',
    };
    expect(secretsIn(env)).toEqual([
      'canary-1-key',
      'canary-2-token',
      'canary-3-word',
      'canary-4-secret',
      'first-line-1',
      'second-line-2',
      'canary-5-url',
    ]);
  });

  it('are not what points at one, is a plain word or too short', () => {
    const env = {
      PATH: '/usr/local/bin:/usr/bin',
      PWD: '/home/somebody/app1',
      SSH_AUTH_SOCK: '/tmp/ssh-1/agent.1',
      AWS_TOKEN_FILE: '/run/secrets/token1',
      CLAUDE_CODE_API_KEY_HELPER_TTL_MS: '300000000',
      DB_PASSWORD: 'postgres',
      TOKEN: 'a1b2',
      AUTHOR: 'Jane D. Doe 1st',
    };
    expect(secretsIn(env)).toEqual([]);
  });
});

describe('secrets that are known', () => {
  const secret = 'p4ss"w\\rd with ü/&';
  const redact = redactor(['p4ss"w', secret]);

  it('are found as they are, in JSON and in a URL', () => {
    expect(redact(`<${secret}>`)).toBe(`<${REDACTED}>`);
    expect(JSON.parse(redact(JSON.stringify({ type: 'text', text: secret })))).toEqual({
      type: 'text',
      text: REDACTED,
    });
    expect(redact(`/login?p=${encodeURIComponent(secret)}&x`)).toBe(`/login?p=${REDACTED}&x`);
  });

  it('are taken out of plain data at any depth, but for the fields that name things', () => {
    const id = join('ghp', '_', 'aB3x'.repeat(9));
    const value = { item: id, why: [`saw ${id}`], state: { finding: { text: id }, n: 1, no: null } };
    expect(redactedValue(value, clean)).toEqual({
      item: id,
      why: [`saw ${REDACTED}`],
      state: { finding: { text: REDACTED }, n: 1, no: null },
    });
  });
});

describe('a stream', () => {
  const secret = 'canary-ünïque-77';
  const text = `first ${secret}\nsecond ${SHAPED.github} x\n${SHAPED['private key']}\nlast ${secret}`;
  const expected = `first ${REDACTED}\nsecond ${REDACTED} x\n`;

  it('hides a secret however it is cut into chunks', () => {
    assert(
      property(array(nat(Buffer.byteLength(text))), (places) => {
        const stream = redactedStream(redactor([secret]));
        const bytes = Buffer.from(text);
        const cuts = [0, ...places.toSorted((a, b) => a - b), bytes.length];
        const pieces = cuts.slice(1).map((to, at) => stream.push(bytes.subarray(cuts[at], to)));
        const out = pieces.join('') + stream.end();
        expect(out.startsWith(expected)).toBe(true);
        expect(out.endsWith(`last ${REDACTED}`)).toBe(true);
        expect(out).not.toMatch(/MIIE|canary|PRIVATE/);
      }),
    );
  });

  it('hides it in a line without end, which is let go in pieces', () => {
    const stream = redactedStream(redactor([secret]));
    let out = '';
    // Whatever place a piece ends at, sometimes it is inside of the secret.
    for (let n = 0; n < 9_000; n++) out += stream.push(Buffer.from(n % 5 === 0 ? secret : `,${n},`));
    expect(out.length).toBeGreaterThan(30_000);
    out += stream.end();
    expect(out.split(REDACTED)).toHaveLength(1_801);
    expect(out).not.toContain('canary');
  });
});
