import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { Slots } from '../../src/coordinator/slots.ts';

/** Something that runs until it is told to end. */
function job(
  slots: Slots,
  log: string[],
  name: string,
  how: { isUrgent?: boolean; abort?: AbortSignal } = {},
) {
  let end = () => undefined as void;
  const over = new Promise<void>((resolve) => (end = resolve));
  const work = async () => {
    log.push(name);
    await over;
  };
  const done = slots.run(work, { abort: new AbortController().signal, ...how });
  return { end: () => (end(), done), done };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('no more than so many run at once, in their order, urgent ones first', async () => {
  const slots = new Slots(() => 2);
  const log: string[] = [];
  const [a, b, c] = ['a', 'b', 'c'].map((name) => job(slots, log, name));
  const landing = job(slots, log, 'landing', { isUrgent: true });
  await settled();
  expect(log).toEqual(['a', 'b']);
  await a?.end();
  await settled();
  expect(log).toEqual(['a', 'b', 'landing']);
  await b?.end();
  await settled();
  expect(log).toEqual(['a', 'b', 'landing', 'c']);
  await Promise.all([landing.end(), c?.end()]);
});

test('who is aborted while waiting does not wait any longer, and takes nobody the slot', async () => {
  const slots = new Slots(() => 1);
  const log: string[] = [];
  const abort = new AbortController();
  const first = job(slots, log, 'first');
  const second = job(slots, log, 'second', { abort: abort.signal });
  const third = job(slots, log, 'third');
  abort.abort();
  await settled();
  expect(log).toEqual(['first', 'second']);
  await second.end();
  await settled();
  expect(log).toEqual(['first', 'second']);
  await first.end();
  await settled();
  expect(log).toEqual(['first', 'second', 'third']);
  await third.end();
});

test('work that fails gives its slot back', async () => {
  const slots = new Slots(() => 1);
  const { signal: abort } = new AbortController();
  await expect(slots.run(() => Promise.reject(new Error('no')), { abort })).rejects.toThrow('no');
  expect(await slots.run(async () => 'next', { abort })).toBe('next');
});

test('nothing stays with the signal of a run for every command that waited', async () => {
  const slots = new Slots(() => 1);
  const { signal: abort } = new AbortController();
  const [first, second] = ['first', 'second'].map((name) => job(slots, [], name, { abort }));
  expect(getEventListeners(abort, 'abort')).toHaveLength(1);
  await first?.end();
  await second?.end();
  expect(getEventListeners(abort, 'abort')).toEqual([]);
});
