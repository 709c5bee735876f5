import { expect, test } from 'vitest';
import { forgive, see, SEEN_NOTHING, signOf } from '../../src/agent/watch.ts';
import type { Watch } from '../../src/agent/watch.ts';
import type { SessionEvent } from '../../src/session/protocol.ts';

const yard = { folder: '/w/a1', temporary: ['/tmp'] };
let id = 0;

/** A call of a tool and its result, as the session tells of them. */
function call(name: string, input: string, result: { text: string; failed?: boolean }): SessionEvent[] {
  id++;
  return [
    {
      is: 'assistant',
      blocks: [{ is: 'tool', id: `t${id}`, name, input }],
      uuids: [],
      nested: false,
      synthetic: false,
    },
    { is: 'tool-results', results: [{ id: `t${id}`, failed: false, ...result }], nested: false },
  ];
}

const after = (events: SessionEvent[], from: Watch = SEEN_NOTHING) =>
  events.reduce((watch, event) => see(watch, event, yard), from);
const times = (count: number, events: () => SessionEvent[]) => Array.from({ length: count }, events).flat();
const red = (took = 1) => call('Bash', 'npm test', { text: `1 failed in ${took} ms`, failed: true });

test('the same failure often enough is a sign, whatever time it took', () => {
  expect(signOf(after([...red(1), ...red(20)]), 3)).toBeUndefined();
  const watch = after([...red(1), ...red(20), ...red(300)]);
  expect(signOf(watch, 3)).toEqual({
    reason: 'same-failure',
    text: expect.stringMatching(/^Bash: npm test\nfailed 3 times .*\n# failed in # ms$/),
  });
});

test('edits between them do not hide it', () => {
  const edit = () => call('Edit', `/w/a1/${++id}.ts`, { text: 'ok' });
  expect(signOf(after([...red(), ...edit(), ...red(), ...edit(), ...red()]), 3)).toBeDefined();
});

test('the same call with the same result is a circle, with another result it is none', () => {
  const read = () => call('Read', '/w/a1/x', { text: 'same' });
  expect(signOf(after(times(5, read)), 5)).toMatchObject({ reason: 'looping' });
  const poll = () => call('Bash', 'cat log', { text: 'x'.repeat(++id) });
  expect(signOf(after(times(20, poll)), 5)).toBeUndefined();
});

test('what was said about is not held against the agent again', () => {
  const watch = forgive(after(times(3, red)));
  expect(signOf(watch, 3)).toBeUndefined();
  expect(signOf(after(times(2, red), watch), 3)).toBeUndefined();
  expect(signOf(after(times(3, red), watch), 3)).toBeDefined();
});

test('what is kept of a long turn does not grow', () => {
  const watch = after(times(500, () => call('Bash', `run ${++id}`, { text: 'ok' })));
  expect(watch.calls.length).toBeLessThanOrEqual(30);
  expect(watch.open.size).toBe(0);
});

test('files outside of the folder are noted, if they were really written', () => {
  const write = (path: string, failed = false) => call('Write', path, { text: '', failed });
  const watch = after([
    ...write('/w/a1/in.ts'),
    ...write('src/in.ts'),
    ...write('/tmp/scratch'),
    ...write('/w/a2/other.ts'),
    ...write('../a3/other.ts'),
    ...write('/etc/denied', true),
    ...call('Read', '/etc/passwd', { text: '' }),
  ]);
  expect(watch.strays).toEqual(['/w/a2/other.ts', '../a3/other.ts']);
});
