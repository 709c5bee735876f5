import { HarnessError } from '../../errors.ts';
import { Git } from '../../worktree/git.ts';
import { error, ok } from './check.ts';
import type { Check } from './check.ts';

export const node: Check = {
  name: 'node',
  look: () => [ok(`Node.js ${process.versions.node} (${process.execPath})`)],
};

export const git: Check = {
  name: 'git',
  async look({ cwd }) {
    try {
      const version = await new Git(cwd).text(['--version']);
      // 2.38 has `merge-tree --write-tree`, by which work is landed without a work tree.
      const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version)?.slice(1) ?? []).map(Number);
      if (major > 2 || (major === 2 && minor >= 38)) return [ok(version)];
      return [error(`${version} is too old`, 'install git 2.38 or newer')];
    } catch (cause) {
      if (cause instanceof HarnessError && cause.trouble === 'environment') {
        return [error('there is no git on the PATH', 'install git 2.38 or newer')];
      }
      throw cause;
    }
  },
};
