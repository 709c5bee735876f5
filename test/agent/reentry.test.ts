import { describe, expect, test } from 'vitest';
import type { AttemptState } from '../../src/agent/agent.ts';
import { reentry } from '../../src/agent/reentry.ts';

const used = { aim: 'plan', corrections: 1, revisions: 1, rungs: 1, deaths: 2, anew: true } as const;
const finding = { reason: 'check-failed', text: 'red' } as const;
const refusal = { cause: 'limit', text: 'wait' } as const;
const left = { isAsked: true, isAdmitted: false };

describe('where an attempt goes on that a dead coordinator left', () => {
  test.each<[string, AttemptState, string]>([
    ['implementing', { phase: 'implementing', ...used }, 'recovering'],
    ['orienting', { phase: 'orienting', ...used }, 'recovering'],
    ['planning', { phase: 'planning', ...used }, 'recovering'],
    ['nudged', { phase: 'nudged', rung: 'nudge', finding, ...used }, 'recovering'],
    ['handing over', { phase: 'handing-over', finding, ...used }, 'recovering'],
    ['waiting for a person', { phase: 'waiting-for-answer', finding, ...used }, 'waiting-for-answer'],
    ['correcting', { phase: 'correcting', finding, ...used }, 'recovering'],
    ['resuming', { phase: 'resuming', refusal, ...used }, 'recovering'],
    ['recovering', { phase: 'recovering', how: 'wait', cause: finding, ...used }, 'recovering'],
    ['verifying', { phase: 'verifying', ...used }, 'verifying'],
    ['waiting', { phase: 'waiting-for-limit', refusal, ...used }, 'waiting-for-limit'],
  ])('%s, with what it has used up', (_, state, phase) => {
    expect(reentry({ ...left, state })).toMatchObject({ phase, ...used });
  });

  test('a turn that was cut off is resumed at once', () => {
    const state = { phase: 'recovering', how: 'wait', cause: finding, ...used };
    expect(reentry({ ...left, state })).toMatchObject({ how: 'resume', cause: { reason: 'session-died' } });
  });

  test('a prompt that was never sent is sent, if the conversation has anything to go on with', () => {
    const correcting = { phase: 'correcting', finding, ...used };
    expect(reentry({ ...left, isAsked: false, state: correcting })).toEqual(correcting);
    expect(reentry({ ...left, isAsked: false, state: { phase: 'implementing', ...used } })).toBeUndefined();
  });

  test('who waited for the account goes on when it is open', () => {
    const state = { phase: 'waiting-for-limit', refusal, ...used };
    expect(reentry({ ...left, isAdmitted: true, state })).toMatchObject({ phase: 'resuming', refusal });
  });

  test.each([
    [{ phase: 'preparing' }],
    [{ phase: 'ended', outcome: {} }],
    [{ phase: 'dreaming', ...used }],
    [{ phase: 'implementing', corrections: 'many', deaths: 0, anew: false }],
    ['implementing'],
    [undefined],
  ])('%j is not gone on with', (state) => {
    expect(reentry({ ...left, state })).toBeUndefined();
  });
});
