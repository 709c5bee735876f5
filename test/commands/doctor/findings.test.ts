import { describe, expect, test } from 'vitest';
import { read } from '../../../src/commands/doctor/agent.ts';
import { limitIn } from '../../../src/commands/doctor/machine.ts';
import { syncedBy } from '../../../src/commands/doctor/place.ts';
import { longestReclaimMs } from '../../../src/commands/doctor/reclaim.ts';
import { parseConfig } from '../../../src/config.ts';

describe('what a handshake tells', () => {
  const config = (text = '') => ({ config: parseConfig(text, 'config.yaml') });
  // As Claude Code 2.1.329 answers; its login is told without asking anybody.
  const sound = {
    claude_code_version: '2.1.329',
    account: { tokenSource: 'none', apiKeySource: 'ANTHROPIC_API_KEY', apiProvider: 'firstParty' },
    models: [{ value: 'opus', resolvedModel: 'claude-opus-5-5' }],
    capabilities: ['get_usage_detached_v1'],
  };
  const words = (answer: object, text = '') =>
    read('claude', answer, config(text)).map(({ is, what }) => `${is}: ${what}`);

  test('a version and a login', () => {
    expect(words(sound)).toEqual([
      'ok: claude 2.1.329 answers',
      'ok: login by ANTHROPIC_API_KEY (whether it is accepted shows at the first prompt)',
    ]);
  });

  test.each([
    [{ tokenSource: 'none', apiProvider: 'firstParty' }, 'error: it is not logged in'],
    [
      { tokenSource: 'CLAUDE_CODE_OAUTH_TOKEN', apiProvider: 'firstParty' },
      'ok: login by CLAUDE_CODE_OAUTH_TOKEN',
    ],
    [{ tokenSource: 'none', apiProvider: 'bedrock' }, 'ok: login by bedrock'],
    [undefined, 'warning: whether it is logged in cannot be seen'],
  ])('the login %j', (account, text) => {
    expect(words({ ...sound, account })[1]).toContain(text);
  });

  test('a model that it does not list, and one that it does, by either name', () => {
    expect(words(sound, 'models: { implement: banana }')[2]).toContain('which it does not list (opus)');
    expect(words(sound, 'models: { implement: opus }')).toHaveLength(2);
    expect(words(sound, 'models: { implement: claude-opus-5-5 }')).toHaveLength(2);
  });

  test('an old version, which names neither itself nor what it can', () => {
    const { claude_code_version: _, capabilities: __, ...old } = sound;
    expect(words(old)).toEqual([
      'ok: claude of an unknown version answers',
      expect.stringContaining('login'),
      'warning: it is old: it does not say what it can',
    ]);
  });
});

test('limits are read from /proc/PID/limits', () => {
  const text =
    'Limit                     Soft Limit           Hard Limit           Units\nMax file size             unlimited            unlimited            bytes\nMax open files            1024                 4096                 files\n';
  expect(limitIn(text, 'Max open files')).toBe(1024);
  expect(limitIn(text, 'Max file size')).toBe(Number.POSITIVE_INFINITY);
  expect(limitIn(undefined, 'Max open files')).toBe(Number.POSITIVE_INFINITY);
});

test.each([
  ['/home/u/Dropbox/x', 'Dropbox'],
  ['/home/u/OneDrive - Firm/x', 'OneDrive - Firm'],
  ['/Users/u/Library/Mobile Documents/com~apple~CloudDocs/x', 'Mobile Documents'],
  ['/home/u/Google Drive', 'Google Drive'],
  ['/home/u/dropbox-client/x', undefined],
  ['/home/u/src/x', undefined],
])('%s is synchronised by %s', (path, by) => {
  expect(syncedBy(path)).toBe(by);
});

test('the longest time until an item comes back follows the settings', () => {
  expect(longestReclaimMs(parseConfig('', 'c'))).toEqual({ hung: 611_000, unrenewed: 62_000 });
  const quick = 'tick: 500ms\nstale: 30s\nsession: { silence: 8m, grace: 5s }';
  expect(longestReclaimMs(parseConfig(quick, 'c'))).toEqual({ hung: 485_500, unrenewed: 31_000 });
});
