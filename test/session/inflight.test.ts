import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Inflight, readInflight } from '../../src/session/inflight.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inflight-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const message = (uuid: string) => ({ uuid, text: `text of ${uuid}\nin two lines`, as: 'prompt' as const });

describe('messages in flight', () => {
  it('are on the disk when add returns, for this user only, until they are settled', () => {
    const inflight = new Inflight(folder, { keep: false });
    inflight.add(message('one'));
    inflight.add(message('two'));
    expect(readInflight(folder)).toEqual([message('one'), message('two')]);
    expect(statSync(join(folder, 'inflight.ndjson')).mode & 0o777).toBe(0o600);
    inflight.settle(['one']);
    expect(readInflight(folder)).toEqual([message('two')]);
    inflight.settle();
    expect(readInflight(folder)).toEqual([]);
    expect(inflight.unanswered).toEqual([]);
  });

  it('that are settled while the disk refuses to write trouble nobody', () => {
    const inflight = new Inflight(folder, { keep: false });
    inflight.add({ ...message('one'), text: 'x'.repeat((1 << 20) + 1) });
    rmSync(folder, { recursive: true });
    expect(() => inflight.settle()).not.toThrow();
    expect(inflight.unanswered).toEqual([]);
    mkdirSync(folder);
  });

  it('of a conversation that is gone on with are kept, of another one forgotten', () => {
    new Inflight(folder, { keep: false }).add(message('one'));
    expect(new Inflight(folder, { keep: true }).unanswered).toEqual([message('one')]);
    expect(new Inflight(folder, { keep: false }).unanswered).toEqual([]);
    expect(readInflight(folder)).toEqual([]);
  });

  it('that were torn by a power cut were not sent and do not count', () => {
    new Inflight(folder, { keep: false }).add(message('one'));
    appendFileSync(join(folder, 'inflight.ndjson'), '{"uuid":"two","text":"half');
    expect(readInflight(folder)).toEqual([message('one')]);
    expect(new Inflight(folder, { keep: true }).unanswered).toEqual([message('one')]);
    expect(readFileSync(join(folder, 'inflight.ndjson'), 'utf8')).not.toContain('half');
  });

  it('do not let the file grow for ever', () => {
    const inflight = new Inflight(folder, { keep: false });
    for (let n = 0; n < 20; n++) {
      inflight.add({ uuid: `m${n}`, text: 'x'.repeat(200_000), as: 'prompt' });
      inflight.settle();
    }
    expect(statSync(join(folder, 'inflight.ndjson')).size).toBeLessThan(1_500_000);
  });
});
