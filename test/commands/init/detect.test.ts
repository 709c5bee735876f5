import { expect, test } from 'vitest';
import { below, detect } from '../../../src/commands/init/detect.ts';

const found = (files: Record<string, string>) => {
  const { setup, checks, makes, notes } = detect(new Map(Object.entries(files)));
  return {
    setup: setup.map(({ command }) => command),
    checks: checks.map(({ command }) => command),
    makes,
    notes,
  };
};
const json = (value: object) => JSON.stringify(value);
const tested = { scripts: { test: 'node --test' }, devDependencies: { a: '1' } };

test.each([
  ['npm with a lock file', { 'package.json': json(tested), 'package-lock.json': '' }, 'npm ci', 'npm test'],
  ['npm without one', { 'package.json': json(tested) }, 'npm install --no-package-lock', 'npm test'],
  [
    'pnpm',
    { 'package.json': json(tested), 'pnpm-lock.yaml': '' },
    'pnpm install --frozen-lockfile',
    'pnpm test',
  ],
  [
    'pnpm by name',
    { 'package.json': json({ ...tested, packageManager: 'pnpm@9.0.0' }) },
    'pnpm install --no-lockfile',
    'pnpm test',
  ],
  ['yarn', { 'package.json': json(tested), 'yarn.lock': '' }, 'yarn install --frozen-lockfile', 'yarn test'],
  [
    'modern yarn',
    { 'package.json': json(tested), 'yarn.lock': '', '.yarnrc.yml': '' },
    'yarn install --immutable',
    'yarn test',
  ],
  [
    'modern yarn by name',
    { 'package.json': json({ ...tested, packageManager: 'yarn@4.1.0' }), 'yarn.lock': '' },
    'yarn install --immutable',
    'yarn test',
  ],
  ['uv', { 'pyproject.toml': 'dev = ["pytest"]', 'uv.lock': '' }, 'uv sync', 'uv run pytest'],
  [
    'poetry',
    { 'pyproject.toml': '[tool.pytest.ini_options]', 'poetry.lock': '' },
    'poetry install',
    'poetry run pytest',
  ],
  [
    'requirements',
    { 'pytest.ini': '', 'requirements.txt': 'x', 'requirements-dev.txt': 'pytest' },
    'python3 -m venv .venv && .venv/bin/pip install -q -r requirements-dev.txt -r requirements.txt',
    '.venv/bin/python -m pytest',
  ],
  ['bare pytest', { 'conftest.py': '' }, undefined, 'python3 -m pytest'],
  ['cargo', { 'Cargo.toml': '[package]' }, undefined, 'cargo test'],
  ['a cargo workspace', { 'Cargo.toml': '[workspace]\nmembers=[]' }, undefined, 'cargo test --workspace'],
  ['make', { Makefile: 'all:\n\ntest: all\n\t./t\n' }, undefined, 'make test'],
  ['make without a test', { Makefile: 'check:\n\t./t\n' }, undefined, 'make check'],
])('%s is recognised', (_, files, setup, check) => {
  expect(found(files)).toMatchObject({ setup: setup === undefined ? [] : [setup], checks: [check] });
});

test('go is vetted and tested, and its modules are fetched if there are any', () => {
  expect(found({ 'go.mod': '' })).toMatchObject({ setup: [], checks: ['go vet ./...', 'go test ./...'] });
  expect(found({ 'go.mod': '', 'go.sum': '' }).setup).toEqual(['go mod download']);
});

test('scripts are taken in the order of their cost, and one that npm made up is not', () => {
  const scripts = { test: 'x', lint: 'y', 'type-check': 'z', build: 'b' };
  expect(found({ 'package.json': json({ scripts }) })).toMatchObject({
    setup: [],
    checks: ['npm run type-check', 'npm run lint', 'npm test'],
  });
  const made = { scripts: { test: 'echo "Error: no test specified" && exit 1' } };
  expect(found({ 'package.json': json(made) }).checks).toEqual([]);
});

test('a makefile counts only where nothing else is found', () => {
  const files = { 'package.json': json(tested), Makefile: 'test:\n\tnpm test\n' };
  expect(found(files).checks).toEqual(['npm test']);
  expect(found({ Makefile: 'tests:\n\nTEST := 1\ntest := 2\n' }).checks).toEqual([]);
});

test('a script that waits for changes is pointed out', () => {
  const note = expect.stringContaining('must end by itself');
  expect(found({ 'package.json': json({ scripts: { test: 'jest --watch' } }) }).notes).toEqual([note]);
  expect(found({ 'package.json': json({ scripts: { test: 'jest --watchAll=false' } }) }).notes).toEqual([]);
});

test('several kinds in one folder are all taken', () => {
  const files = { 'package.json': json(tested), 'package-lock.json': '', 'Cargo.toml': '' };
  expect(found(files)).toEqual({
    setup: ['npm ci'],
    checks: ['npm test', 'cargo test'],
    makes: ['node_modules/', 'target/'],
    notes: [],
  });
});

test.each(['', 'null', '[]', '{"scripts": 5}', '{"scripts": {"test": 5}}', 'not json'])(
  'a strange package.json is no reason to fail: %s',
  (text) => {
    expect(found({ 'package.json': text }).checks).toEqual([]);
  },
);

test('nothing is found in nothing', () => {
  expect(found({ 'README.md': '' })).toEqual({ setup: [], checks: [], makes: [], notes: [] });
});

test('commands of a folder below go there first', () => {
  const inside = detect(new Map([['package.json', json(tested)]]));
  expect(below('web', inside)).toMatchObject({
    setup: [{ command: 'cd web && npm install --no-package-lock' }],
    checks: [{ command: 'cd web && npm test', why: 'web/package.json: scripts.test' }],
    makes: ['web/node_modules/'],
  });
});
