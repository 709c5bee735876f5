import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * An agent that speaks just enough of the protocol to misbehave in the way that its first argument names.
 * `node odd-agent.ts WAY [flags of the CLI]`
 */
const way = process.argv[2] ?? '';

const say = (line: object | string) =>
  writeSync(1, typeof line === 'string' ? line : `${JSON.stringify(line)}\n`);
const init = (fields: object = {}) => say({ type: 'system', subtype: 'init', session_id: 's', ...fields });
const grant = (id: unknown) =>
  say({ type: 'control_response', response: { subtype: 'success', request_id: id, response: {} } });

const result = (uuid: string | undefined, fields: object = {}) =>
  say({
    result: 'done',
    type: 'result',
    subtype: 'success',
    is_error: false,
    ...(uuid === undefined ? {} : { user_message_uuids: [uuid] }),
    ...fields,
  });

/** A tool that outlives everything that is not aimed at it: a session of its own, TERM ignored. */
const stubborn = (
  detached: boolean,
  output: 'ignore' | 'inherit' = 'ignore',
  env: NodeJS.ProcessEnv = process.env,
) =>
  spawn('sh', ['-c', 'trap "" TERM HUP; while :; do sleep 1; done'], {
    detached,
    stdio: ['ignore', output, output],
    env,
  }).unref();

const atStart: Record<string, () => void> = {
  'ends at once': () => {
    process.stderr.write('error: this program cannot\nbe used with root privileges\n');
    process.exit(7);
  },
  'is of an older version': () => {
    if (!process.argv.includes('--permission-prompts')) return;
    process.stderr.write("error: unknown option '--permission-prompts'\n");
    process.exit(1);
  },
  'refuses by a result': () => {
    result(undefined, {
      is_error: true,
      result: '',
      errors: ['No conversation found'],
      startup_failure_reason: 'x',
    });
    process.exit(1);
  },
  'floods stderr': () => {
    const chunk = Buffer.alloc(1 << 20, 'x');
    for (let i = 0; i < 64; i++) writeSync(2, chunk);
    writeSync(2, '\nthe last words\n');
  },
};

type Control = { request_id: string; request: { subtype: string } };

function onControl(message: Control): void {
  if (way === 'never answers initialize') return;
  if (message.request.subtype === 'interrupt' && way === 'ignores interrupts') return;
  grant(message.request_id);
  if (way === 'ends before it reads') process.exit(3);
}

let asked = '';
let stdin: ReturnType<typeof createInterface>;
const onPrompt: Record<string, (uuid: string) => void> = {
  'ignores TERM': (uuid) => {
    process.on('SIGTERM', () => undefined);
    stubborn(false);
    stubborn(true);
    result(uuid);
  },
  'reads no more': () => void stdin.pause(),
  'leaves tools': (uuid) => {
    stubborn(true);
    stubborn(false);
    setTimeout(() => result(uuid), 100);
  },
  'leaves a tool without a marker': (uuid) => {
    stubborn(true, 'ignore', { PATH: process.env.PATH });
    setTimeout(() => result(uuid), 100);
  },
  'dies and leaves its pipe to a tool': () => {
    stubborn(true, 'inherit');
    setTimeout(() => process.exit(9), 100);
  },
  'answers and ends at once': (uuid) => {
    result(uuid);
    process.exit(0);
  },
  'answers without a line feed': (uuid) => {
    say(
      JSON.stringify({
        type: 'result',
        subtype: 'success',
        is_error: false,
        user_message_uuids: [uuid],
        result: 'torn',
      }),
    );
    process.exit(0);
  },
  'dies, then its answer is lost': () => process.exit(5),
  'ignores interrupts': () => init(),
  'answers something else first': (uuid) => {
    init({ user_message_uuids: [uuid] });
    result(undefined, {
      result: 'of a background task',
      origin: { kind: 'task-notification' },
      total_cost_usd: 1,
    });
    result('00000000-0000-4000-8000-000000000000', { result: 'of another message' });
    result(uuid, { result: 'mine', total_cost_usd: 3 });
  },
  'stamps nothing': () => {
    result(undefined, { result: '' });
    init();
    result(undefined, { result: 'of a task', origin: { kind: 'task-notification' } });
    result(undefined, { result: 'old style' });
  },
  'drops the message': (uuid) => say({ type: 'command_lifecycle', command_uuid: uuid, state: 'completed' }),
  'writes rubbish': (uuid) => {
    say(
      'not JSON at all\n[1,2]\n"text"\n\n{"type":"never-heard-of"}\n\u0000\u0000\n{"type":"assistant"}\r\n',
    );
    say('{"type":"result","is_error":"maybe"');
    say('\n');
    say(`${JSON.stringify({ type: 'assistant', message: { content: 'x'.repeat(20 << 20) } })}\n`);
    const bytes = Buffer.from(
      `${JSON.stringify({ type: 'result', result: 'größer 🙂', user_message_uuids: [uuid] })}\r\n`,
    );
    const middle = bytes.indexOf(0xf0) + 2;
    writeSync(1, bytes.subarray(0, middle));
    setTimeout(() => writeSync(1, bytes.subarray(middle)), 50);
  },
  'asks for permission': (uuid) => {
    asked = uuid;
    const request = { subtype: 'can_use_tool', tool_name: 'Bash', input: {}, tool_use_id: 't' };
    say({ type: 'control_request', request_id: 'p1', request });
    say({
      type: 'control_request',
      request_id: 'p2',
      request: { subtype: 'hook_callback', callback_id: 'h' },
    });
  },
  'says nothing of the first message': (uuid) => {
    turns++;
    if (turns > 1) result(uuid, { result: 'asked anew' });
  },
  'goes on under another id': (uuid) => {
    init({ session_id: 'another', user_message_uuids: [uuid] });
    result(uuid);
  },
  'costs more each turn': (uuid) => {
    turns++;
    result(uuid, {
      total_cost_usd: turns === 3 ? 0.1 : turns * turns,
      modelUsage: { m: { inputTokens: turns * 10 } },
    });
  },
};

let turns = 0;
const answersToAsked: unknown[] = [];

atStart[way]?.();
stdin = createInterface({ input: process.stdin })
  .on('line', (line) => {
    const message = JSON.parse(line);
    if (message.type === 'control_request') onControl(message);
    if (message.type === 'user') (onPrompt[way] ?? result)(message.uuid);
    if (message.type === 'control_response' && way === 'asks for permission') {
      answersToAsked.push(message.response);
      if (answersToAsked.length === 2) result(asked, { result: JSON.stringify(answersToAsked) });
    }
  })
  .on('close', () => {
    if (way !== 'ignores TERM') process.exit(0);
  });
