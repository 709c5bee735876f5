/** Takes what must not be shown out of a text. */
export type Redact = (text: string) => string;

/** What stands where a secret was. */
export const REDACTED = '[redacted]';

type Environment = Readonly<Record<string, string | undefined>>;

/** Names of variables that hold a secret, and of those that only point at one or say how long it lives. */
const SECRET_NAME =
  /(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|(?:^|_)(?:COOKIE|WEBHOOK|AUTH|PAT|PASS|DSN|HEADERS))(?:_\w+)?$/i;
const HARMLESS_NAME = /_(?:FILE|PATH|DIR|SOCK|SOCKET|HOME|MS|TTL|ID|NAME|TYPE|REGION|PARALLELISM)$/i;

/** Shorter values, numbers and plain words stand everywhere (`postgres`), and taking them out would break what is written. */
const SHORTEST = 8;
const PLAIN = /^(?:\d+|[a-z_-]{1,19})$/i;

const USERINFO = /[a-z][a-z0-9+.-]{1,20}:\/\/([^\s/:@]{0,256}):([^\s/@]{4,256})@/gi;

/**
 * The secrets in an environment: values of variables that are named like one, and passwords in URLs. A value of several
 * lines gives each of its lines, since what is written is looked at line by line.
 */
export function secretsIn(env: Environment): string[] {
  const found = Object.entries(env).flatMap(([name, value = '']) => {
    const named = SECRET_NAME.test(name) && !HARMLESS_NAME.test(name);
    const inUrls = [...value.matchAll(USERINFO)].map(([, , password = '']) => password);
    return [...(named ? value.split(/[\r\n]+/) : []), ...inUrls];
  });
  return [...new Set(found.map((one) => one.trim()).filter(isLongEnough))];
}

const isLongEnough = (value: string): boolean => value.length >= SHORTEST && !PLAIN.test(value);

/** Where a word begins; inside of JSON also after an escape, whose letter is no part of it: the n of `\\nghp_…`. */
const EDGE = String.raw`(?:(?<!\w)|(?<=\\(?:[nrtbf]|u[0-9a-fA-F]{4})))`;

/** A shape with `^` for where a word begins. */
const shape = (source: string, flags = 'g') => new RegExp(source.replaceAll('^', EDGE), flags);

/** What secrets look like whoever made them. Each begins with a literal or is bounded, so that no text is slow. */
const SHAPES: readonly RegExp[] = [
  // Private keys, also inside of JSON (and that in JSON), also cut off.
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[\w+/=\s:,]|\\{1,8}[nrt]|-(?!----))*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g,
  ...[
    // Anthropic, OpenAI, Stripe
    String.raw`^(?:sk|rk)[-_](?:ant|proj|svcacct|live|test|or)[-_][A-Za-z0-9_-]{8,}`,
    String.raw`^sk-[A-Za-z0-9_-]{20,}`,
    // GitHub, GitLab, npm, PyPI, Hugging Face, DigitalOcean
    String.raw`^(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|gl(?:pat|dt|rt)-[\w-]{16,}|npm_[A-Za-z0-9]{30,})`,
    String.raw`^(?:pypi-[\w-]{32,}|hf_[A-Za-z0-9]{24,}|do[opr]_v1_[a-f0-9]{32,})`,
    // Amazon, Google, Slack, SendGrid, Twilio
    String.raw`^(?:AKIA|ASIA)[A-Z0-9]{16}\b`,
    String.raw`^(?:AIza[\w-]{30,}|ya29\.[\w-]{16,}|GOCSPX-[\w-]{16,})`,
    String.raw`^(?:xox[a-z]-[A-Za-z0-9-]{10,}|https:\/\/hooks\.slack\.com\/[\w/-]{10,})`,
    String.raw`^(?:SG\.[\w-]{16,}\.[\w-]{16,}|whsec_[A-Za-z0-9]{16,})`,
    // JSON Web Tokens
    String.raw`^eyJ[\w-]{6,}\.eyJ[\w-]{6,}\.[\w-]{6,}`,
  ].map((source) => shape(source)),
];

/** Secrets with something before them that stays. */
const LED_SHAPES: readonly RegExp[] = [
  /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'\\]{0,256}:)[^\s/@"'\\]{1,256}(?=@)/gi,
  shape(
    String.raw`(^authorization["'\\]{0,2}\s{0,4}[:=]\s{0,4}["'\\]{0,2}(?:bearer|basic|token)\s{1,4})[\w.~+/=-]{6,}`,
    'gi',
  ),
  shape(String.raw`(^bearer\s{1,4})(?=[\w.~+/=-]{0,64}\d)[\w.~+/=-]{20,}`, 'gi'),
  /(\b[\w-]{0,40}(?:api[_-]?key|access[_-]?key|secret|token|passw(?:or)?d|passphrase)["'\\]{0,2}\s{0,4}[:=]\s{0,4}["'\\]{0,2})(?=[\w+/=-]{0,64}\d)(?=[\w+/=-]{0,64}[A-Za-z])[\w+/=-]{16,}/gi,
];

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

/** Takes these secrets, in the forms in which texts carry them, and all that is shaped like one, out of a text. */
export function redactor(secrets: readonly string[]): Redact {
  const forms = new Set(
    secrets.flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret.toWellFormed()),
    ]),
  );
  // The longest first: one may begin like another.
  const sorted = [...forms].toSorted((one, other) => other.length - one.length);
  const exact = sorted.length === 0 ? undefined : new RegExp(sorted.map(literal).join('|'), 'g');
  return (text) => {
    let clean = exact ? text.replaceAll(exact, REDACTED) : text;
    for (const one of SHAPES) clean = clean.replaceAll(one, REDACTED);
    for (const one of LED_SHAPES) clean = clean.replaceAll(one, `$1${REDACTED}`);
    return clean;
  };
}

/** Fields that say which thing is meant: those are ours, and what they name must be found again. */
const NAMES: ReadonlySet<string> = new Set(
  'format at run is item id attempt agent rig batch session branch base ref commit target merge by startedAt endedAt'.split(
    ' ',
  ),
);

/** A copy of a value (plain data) whose texts are redacted, at any depth; fields that name things are left alone. */
export function redactedValue<T>(value: T, redact: Redact): T {
  if (typeof value === 'string') return redact(value) as T;
  if (Array.isArray(value)) return value.map((one: unknown) => redactedValue(one, redact)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, field]: [string, unknown]) => [
    name,
    NAMES.has(name) && typeof field === 'string' ? field : redactedValue(field, redact),
  ]);
  return Object.fromEntries(entries) as T;
}
