import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Layer, Source } from './config-layer.ts';
import { readSmallFile } from './durable.ts';
import { codeOf, HarnessError, messageOf } from './errors.ts';
import type { Home } from './home.ts';

/** The JSON Schema that comes with the program: beside src/ and beside the bundle alike. */
export const SCHEMA_FILE = fileURLToPath(new URL('../docs/config.schema.json', import.meta.url));

type Environment = Readonly<Record<string, string | undefined>>;

/** A configuration file that counts, whether or not it exists. */
export interface ConfigFile {
  file: string;
  source: Extract<Source, 'user' | 'repository'>;
}

/** The files that make the configuration of a home, the weakest first; without a home, the user's. */
export function configFiles(home: Home | undefined, env: Environment): ConfigFile[] {
  const config = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config');
  const user = { file: join(config, 'harness', 'config.yaml'), source: 'user' } as const;
  return home ? [user, { file: home.configFile, source: 'repository' }] : [user];
}

/** What the files and the environment say, the weakest first; problems are in the layers. zod and yaml are loaded only here. */
export async function readLayers(home: Home | undefined, env: Environment): Promise<Layer[]> {
  const { environmentLayer, fileLayer } = await import('./config.ts');
  const files = configFiles(home, env).map(({ file, source }) => fileLayer(readFile(file), file, source));
  return [...files, environmentLayer(env)];
}

/** The text of a configuration file, which may be a link to one; empty where there is none. */
function readFile(file: string): string {
  try {
    return readSmallFile(realpathSync(file), 1 << 20) ?? '';
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return '';
    const what = messageOf(error).replace(/^.*?: (?=not a regular|\d+ bytes)/, '');
    throw new HarnessError(
      'config',
      `${file}: cannot be read (${what}); put a small text file there, or remove it`,
    );
  }
}

/** Changes whenever one of the files does: for looking often, without reading them. */
export function configStamp(home: Home, env: Environment): string {
  return configFiles(home, env)
    .map(({ file }) => statSync(file, { throwIfNoEntry: false }))
    .map((stat) => (stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : 'none'))
    .join(', ');
}
