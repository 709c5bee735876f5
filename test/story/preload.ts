import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from './sandbox.ts';

/** Runs a piece of CommonJS in every coordinator of the sandbox, before its own code; `root` is the sandbox' folder. */
export function preload(box: Sandbox, script: string): void {
  const file = join(box.root, 'preload.cjs');
  writeFileSync(
    file,
    `const fs = require('node:fs'), root = ${JSON.stringify(box.root)};
if (process.argv.includes('coordinate')) {
  // What is started from here on is none of its business.
  delete process.env.NODE_OPTIONS;
  ${script}
}
`,
  );
  box.env.NODE_OPTIONS = `--require=${file}`;
}

/** Calls \`happens(event)\` before the coordinator writes an event to its journal. */
export const ON_EVENT = `
  const write = fs.writeSync;
  fs.writeSync = (fd, text, ...rest) => {
    if (typeof text === 'string' && text.startsWith('{') && text.includes('"is":')) happens(JSON.parse(text));
    return write(fd, text, ...rest);
  };
  require('node:module').syncBuiltinESMExports();
`;
