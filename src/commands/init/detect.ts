/** Finds out from the files of a folder how its work trees are set up and checked. Pure. */

/** A command and the evidence for it. */
export interface Found {
  command: string;
  why: string;
}

export interface Detected {
  setup: Found[];
  checks: Found[];
  /** Folders that setup or checks make; git should ignore them. */
  makes: string[];
  /** What a person should know. */
  notes: string[];
}

/** The names in a folder, with the text of those that are files. */
export type Files = ReadonlyMap<string, string>;

/** Everything that is recognised, in the order in which it is told. */
export function detect(files: Files): Detected {
  const parts = [node(files), cargo(files), python(files), go(files)];
  const found: Detected = {
    setup: parts.flatMap(({ setup = [] }) => setup),
    checks: parts.flatMap(({ checks = [] }) => checks),
    makes: parts.flatMap(({ makes = [] }) => makes),
    notes: parts.flatMap(({ notes = [] }) => notes),
  };
  // A makefile often only calls what was found above.
  return found.checks.length > 0 ? found : { ...found, checks: make(files) };
}

/** The same for a folder below: its commands go there first. */
export function below(folder: string, found: Detected): Detected {
  const there = ({ command, why }: Found): Found => ({
    command: `cd ${folder} && ${command}`,
    why: `${folder}/${why}`,
  });
  return {
    setup: found.setup.map(there),
    checks: found.checks.map(there),
    makes: found.makes.map((name) => `${folder}/${name}`),
    notes: found.notes.map((note) => `${folder}/${note}`),
  };
}

type Part = Partial<Detected>;

interface Package {
  packageManager?: string;
  scripts?: Record<string, string>;
  dependencies?: object;
  devDependencies?: object;
  workspaces?: unknown;
}

/** Scripts that are checks, the quickest first; of each kind the first that is there. */
const SCRIPTS = [['typecheck', 'type-check', 'check-types'], ['lint'], ['test']];

function node(files: Files): Part {
  const text = files.get('package.json');
  if (text === undefined) return {};
  const read = parsePackage(text);
  if (!read) return { notes: ['package.json: this is no JSON, so nothing was taken from it'] };
  const { scripts = {}, dependencies, devDependencies, workspaces } = read;
  const manager = managerOf(files, read);
  const names = SCRIPTS.flatMap((kind) => kind.find((name) => isCheck(scripts[name])) ?? []);
  const checks = names.map((name) => ({
    command: name === 'test' ? `${manager} test` : `${manager} run ${name}`,
    why: `package.json: scripts.${name}`,
  }));
  const watching = names.filter((name) =>
    /--watch(?!All=false)|react-scripts test|\bng test\b/.test(scripts[name] ?? ''),
  );
  const notes = watching.map(
    (name) => `package.json: scripts.${name} seems to wait for changes; a check must end by itself`,
  );
  if (!dependencies && !devDependencies && workspaces === undefined) return { checks, notes };
  return { checks, notes, setup: [installBy(manager, files, read)], makes: ['node_modules/'] };
}

/** npm writes a script that always fails where there are no tests. */
const isCheck = (script: string | undefined): boolean =>
  typeof script === 'string' && script.trim() !== '' && !/no test specified/.test(script);

function parsePackage(text: string): Package | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function managerOf(files: Files, { packageManager = '' }: Package): string {
  const named = /^(npm|pnpm|yarn)@/.exec(packageManager)?.[1];
  if (named !== undefined) return named;
  if (files.has('pnpm-lock.yaml')) return 'pnpm';
  return files.has('yarn.lock') ? 'yarn' : 'npm';
}

/** Installs what the lock file says and leaves it alone: a changed or new one would make every work tree dirty. */
function installBy(manager: string, files: Files, { packageManager = '' }: Package): Found {
  const lock = { npm: 'package-lock.json', pnpm: 'pnpm-lock.yaml', yarn: 'yarn.lock' }[manager] ?? '';
  const hasLock = files.has(lock);
  const why = hasLock ? lock : 'package.json: dependencies';
  if (manager === 'npm') return { command: hasLock ? 'npm ci' : 'npm install --no-package-lock', why };
  if (manager === 'pnpm') {
    return { command: `pnpm install ${hasLock ? '--frozen-lockfile' : '--no-lockfile'}`, why };
  }
  const isModern = files.has('.yarnrc.yml') || /^yarn@[2-9]/.test(packageManager);
  return { command: `yarn install ${isModern ? '--immutable' : '--frozen-lockfile'}`, why };
}

function cargo(files: Files): Part {
  const text = files.get('Cargo.toml');
  if (text === undefined) return {};
  const command = /^\[workspace\]/m.test(text) ? 'cargo test --workspace' : 'cargo test';
  return { checks: [{ command, why: 'Cargo.toml' }], makes: ['target/'] };
}

function python(files: Files): Part {
  const evidence = pytestIn(files);
  if (evidence === undefined) return {};
  const check = (runner: string): Found[] => [{ command: `${runner}pytest`, why: evidence }];
  if (files.has('uv.lock')) {
    return { setup: [{ command: 'uv sync', why: 'uv.lock' }], checks: check('uv run '), makes: ['.venv/'] };
  }
  if (files.has('poetry.lock')) {
    return { setup: [{ command: 'poetry install', why: 'poetry.lock' }], checks: check('poetry run ') };
  }
  const lists = [...files.keys()].filter((name) => /^requirements([-_](dev|test)\w*)?\.txt$/.test(name));
  if (lists.length === 0) return { checks: check('python3 -m ') };
  const install = lists
    .toSorted()
    .map((name) => `-r ${name}`)
    .join(' ');
  const command = `python3 -m venv .venv && .venv/bin/pip install -q ${install}`;
  const setup = [{ command, why: lists.join(', ') }];
  return { setup, checks: check('.venv/bin/python -m '), makes: ['.venv/'] };
}

/** What shows that tests are run by pytest. */
function pytestIn(files: Files): string | undefined {
  const signs: [string, RegExp][] = [
    ['pytest.ini', /^/],
    ['pyproject.toml', /\bpytest\b/],
    ['setup.cfg', /\[tool:pytest\]/],
    ['tox.ini', /\[pytest\]|\bpytest\b/],
    ['conftest.py', /^/],
    ['requirements.txt', /^pytest\b/m],
    ['requirements-dev.txt', /^pytest\b/m],
  ];
  return signs.find(([name, sign]) => sign.test(files.get(name) ?? '\0') && files.has(name))?.[0];
}

function go(files: Files): Part {
  if (!files.has('go.mod')) return {};
  const why = 'go.mod';
  return {
    setup: files.has('go.sum') ? [{ command: 'go mod download', why: 'go.sum' }] : [],
    checks: ['go vet ./...', 'go test ./...'].map((command) => ({ command, why })),
  };
}

function make(files: Files): Found[] {
  const name = ['GNUmakefile', 'makefile', 'Makefile'].find((one) => files.has(one));
  const target = ['test', 'check'].find((one) =>
    new RegExp(`^${one}\\s*:(?!=)`, 'm').test(files.get(name ?? '') ?? ''),
  );
  return name === undefined || target === undefined
    ? []
    : [{ command: `make ${target}`, why: `${name}: ${target}` }];
}
