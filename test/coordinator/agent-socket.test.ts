import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AgentSocket } from '../../src/coordinator/agent-socket.ts';
import { spend } from '../../src/coordinator/throttle.ts';

let folder: string;
let socket: AgentSocket;
let heard: unknown[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agent-'));
  await openIn(folder);
});
afterEach(async () => {
  await socket.close();
  rmSync(folder, { recursive: true });
});

async function openIn(where: string): Promise<void> {
  heard = [];
  socket = new AgentSocket(where, (given) => {
    heard.push(given);
    return Promise.resolve({ ok: true, text: `heard ${heard.length}` });
  });
  await socket.open();
}

/** Writes a text and reads until the other side ends, or `lines` answers are there. */
function call(text: string | Buffer, lines = 1, path = socket.path): Promise<string> {
  return new Promise((settle, fail) => {
    let answer = '';
    const connection = createConnection(path);
    connection.setEncoding('utf8');
    connection.on('data', (data: string) => {
      answer += data;
      if (answer.split('\n').length > lines) connection.destroy();
    });
    connection.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EPIPE' || error.code === 'ECONNRESET' ? undefined : fail(error),
    );
    connection.on('close', () => settle(answer));
    connection.write(text);
  });
}

test('it is for this user only, answers line by line, and is gone when it is closed', async () => {
  expect(socket.path).toBe(join(folder, 'mcp.sock'));
  expect(statSync(socket.path).mode & 0o777).toBe(0o600);
  expect(await call('{"n":1}\n\n{"n":2}\n', 2)).toBe(
    '{"ok":true,"text":"heard 1"}\n{"ok":true,"text":"heard 2"}\n',
  );
  expect(heard).toEqual([{ n: 1 }, { n: 2 }]);
  await socket.close();
  await socket.close();
  expect(readdirSync(folder)).toEqual([]);
});

test('a call that is cut into pieces, in the middle of a character too, is heard once', async () => {
  const bytes = Buffer.from('{"text":"größer"}\n');
  const answer = await new Promise<string>((settle) => {
    const connection = createConnection(socket.path);
    connection.on('data', (data) => {
      connection.destroy();
      settle(data.toString());
    });
    void (async () => {
      for (const byte of bytes) {
        connection.write(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
    })();
  });
  expect(answer).toBe('{"ok":true,"text":"heard 1"}\n');
  expect(heard).toEqual([{ text: 'größer' }]);
});

test.each([
  ['no JSON', 'GET / HTTP/1.1\r\n\r\n', 'the call is no JSON'],
  ['a line without end', Buffer.alloc(2 << 20, 'x'), 'the call is too long'],
  ['a line that is too long', `"${'x'.repeat(300_000)}"\n`, 'the call is too long'],
])('%s is refused, and nobody else notices', async (_, text, why) => {
  expect(await call(text, 9)).toBe(`${JSON.stringify({ ok: false, text: why })}\n`);
  expect(heard).toEqual([]);
  expect(await call('{}\n')).toContain('heard 1');
});

test('a flood is cut off, and after a while calls are taken again', async () => {
  const answers = (await call('{}\n'.repeat(100_000), 1_000)).trim().split('\n');
  expect(answers).toHaveLength(21);
  expect(answers.at(-1)).toContain('too many calls');
  expect(heard).toHaveLength(20);
  expect(await call('{}\n')).toContain('too many calls');
  await new Promise((r) => setTimeout(r, 2_200));
  expect(await call('{}\n')).toContain('heard 21');
});

test('the allowance fills up with time, and no further than it was', () => {
  const rate = { burst: 2, everyMs: 1_000 };
  const first = spend(undefined, rate, 0);
  const second = spend(first, rate, 0);
  expect([first?.left, second?.left, spend(second, rate, 500)]).toEqual([1, 0, undefined]);
  expect(spend(second, rate, 1_000)?.left).toBe(0);
  expect(spend(second, rate, 1_000_000)?.left).toBe(1);
});

test('many callers that say nothing do not keep others out for ever', async () => {
  const silent = Array.from({ length: 20 }, () => createConnection(socket.path));
  for (const one of silent) one.on('error', () => undefined);
  await new Promise((r) => setTimeout(r, 100));
  for (const one of silent) one.destroy();
  await new Promise((r) => setTimeout(r, 100));
  expect(await call('{}\n')).toContain('heard 1');
});

test('where the path would be too long for a socket it is elsewhere, and nothing of it is left', async () => {
  await socket.close();
  const deep = join(folder, 'a'.repeat(60), 'b'.repeat(60));
  mkdirSync(deep, { recursive: true });
  await openIn(deep);
  expect(Buffer.byteLength(socket.path)).toBeLessThan(104);
  expect(await call('{}\n')).toContain('heard 1');
  const first = socket.path;
  // As after a kill: the next one finds the link, and what it points to goes.
  await openIn(deep);
  expect(existsSync(first)).toBe(false);
  expect(await call('{}\n')).toContain('heard 1');
  const second = socket.path;
  await socket.close();
  expect([existsSync(join(second, '..')), readdirSync(deep)]).toEqual([false, []]);
});

test('a socket that a killed run left does not stand in the way', async () => {
  await openIn(folder);
  expect(await call('{}\n')).toContain('heard 1');
});
