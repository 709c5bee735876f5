import { configFiles } from '../../config-files.ts';
import { strangeVariables } from '../../config.ts';
import { statSync } from 'node:fs';
import { error, ok, warning } from './check.ts';
import type { Check } from './check.ts';

export const settings: Check = {
  name: 'config',
  look({ home, env, problems }) {
    const strange = strangeVariables(env).map(({ name, meant }) =>
      warning(`${name} is set and is no setting`, `if you mean ${meant}, set that`),
    );
    if (problems.length > 0) {
      return [...problems.map((one) => error(one, 'mend it there; see harness config')), ...strange];
    }
    const files = configFiles(home, env).map(({ file }) => file);
    const there = files.filter((file) => statSync(file, { throwIfNoEntry: false }));
    return [ok(there.length > 0 ? there.join(', ') : 'no file, all as by default'), ...strange];
  },
};
