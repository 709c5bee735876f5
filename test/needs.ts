import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether a program is on the PATH. */
export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

declare module 'vitest' {
  interface TaskMeta {
    /** Why a test is skipped; scripts/test reads it from the JSON report and lists every skip with its reason. */
    skipped?: string;
  }
}

interface TestOptions {
  skip?: boolean;
  meta: { skipped?: string };
}

/** Options of a test that cannot run here: skipped with the reason in sight, but never in CI, where it fails instead. */
export function skippedIf(reason: string | undefined): TestOptions {
  if (reason === undefined || process.env.CI === 'true') return { meta: {} };
  return { skip: true, meta: { skipped: reason } };
}

/** Options of a test that wants programs not every machine has: `test('...', needs('strace'), async () => {...})`. */
export function needs(...programs: string[]): TestOptions {
  const missing = programs.filter((program) => !isInstalled(program));
  return skippedIf(missing.length > 0 ? `${missing.join(', ')} not installed` : undefined);
}
