import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { page } from '../../src/report/page.ts';
import { reportOf } from '../../src/report/report.ts';
import { needs } from '../needs.ts';
import { evidence, ITEMS } from './evidence-fixture.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harness-browser-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

/** The page as the browser has it after everything in it that wants to run has run. */
async function shownIn(text: string): Promise<string> {
  const file = join(folder, 'report.html');
  writeFileSync(file, text);
  const shown = await promisify(execFile)(
    'chromium',
    [
      '--headless=new',
      '--no-sandbox', // it runs as root in containers, and looks at our own page only
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      `--user-data-dir=${join(folder, 'profile')}`,
      '--virtual-time-budget=3000',
      '--dump-dom',
      `file://${file}`,
    ],
    {
      encoding: 'utf8',
      timeout: 60_000,
      env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder },
    },
  );
  return shown.stdout;
}

test(
  'in a browser nothing of a title runs or loads, and the charts are there',
  needs('chromium'),
  async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const mark = "document.title='run'";
    const titles = [
      `<script>${mark}</script>`,
      `"><img src="${origin}/img" onerror="${mark}">`,
      `</td></table><svg onload="${mark}">`,
      `</title><script src="${origin}/script"></script>`,
      `</style><link rel="stylesheet" href="${origin}/css">`,
    ];
    const items = ITEMS.map((item, i) => ({
      ...item,
      title: titles[i] ?? '',
      attempts: item.attempts.map((one) => ({ ...one, branch: titles.join(), finding: titles.join('\n') })),
    }));
    const text = page(reportOf(evidence({ items, home: `/home/${titles.join('').replaceAll('/', '')}` })));
    try {
      const dom = await shownIn(text);
      expect(dom).not.toMatch(/<title>run/);
      expect(dom).not.toMatch(/<(?:script|img|link)\b/);
      expect(dom.match(/<svg[^>]* role="img" aria-label="(landings|spend) each/g)).toHaveLength(2);
      expect(dom.match(/<rect[^>]*class="good"/g)?.length).toBeGreaterThan(10);
      expect(asked).toEqual([]);
      // The browser does run and load what a page asks it to: the test can fail.
      const open = await shownIn(`<!doctype html><title>no</title>${titles[0]}<img src="${origin}/img">`);
      expect(open).toMatch(/<title>run/);
      expect(asked).toEqual(['/img']);
    } finally {
      server.close();
    }
  },
);
