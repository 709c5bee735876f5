import { ITEMS } from './items.ts';
import { git, runTests } from './repository.ts';

/** An entry of `harness queue list --json`, as far as it is read here. */
export interface Entry {
  id: string;
  place: string;
  attempt: number;
}

/** What is wrong after the run, one sentence each; empty when all is as promised. `scratch` must not exist yet. */
export function complaints(repository: string, scratch: string, entries: readonly Entry[]): string[] {
  const found: string[] = [];
  for (const { id } of ITEMS) {
    const place = entries.find((entry) => entry.id === id)?.place ?? 'missing';
    if (place !== 'done') found.push(`the item ${id} is ${place}, not done`);
  }
  const landed = landings(repository);
  for (const { id } of ITEMS) {
    const times = landed.filter((item) => item === id).length;
    if (times !== 1) found.push(`the item ${id} landed ${times} times`);
  }
  if (landed.length > 0) {
    git(repository, 'clone', '--quiet', '--branch=harness/integration', repository, scratch);
    const { passed, failed } = runTests(scratch);
    if (failed !== 0 || passed === 0)
      found.push(`${failed} of the program's tests fail on harness/integration`);
  }
  if (git(repository, 'rev-list', '--count', 'main') !== '1') found.push('the branch main was moved');
  if (git(repository, 'status', '--porcelain') !== '') found.push('the checked-out files were changed');
  return found;
}

/** The ids of the items that landed, from the trailers of the commits on the integration branch. */
export function landings(repository: string): string[] {
  if (git(repository, 'branch', '--list', 'harness/integration') === '') return [];
  const trailers = '--format=%(trailers:key=Harness-Item,valueonly)';
  return git(repository, 'log', trailers, 'main..harness/integration').split('\n').filter(Boolean);
}
