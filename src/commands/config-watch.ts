import { configStamp } from '../config-files.ts';
import { describeChange, reload } from '../config-reload.ts';
import { scaleConfig } from '../config-scale.ts';
import type { Config } from '../config.ts';
import type { News } from '../coordinator/news.ts';
import { messageOf } from '../errors.ts';
import type { Home } from '../home.ts';
import { readConfig } from './invocation.ts';

/** How often the files are looked at, ms. */
const LOOK_MS = 1_000;

interface Watched {
  home: Home;
  env: Record<string, string | undefined>;
  /** The configuration as it was read, before `scale`. */
  config: Config;
  scale: number;
  push: (news: News) => void;
}

/**
 * Watches the configuration files of a run: a good change is told and counts from then on, a bad one is told and the last good
 * one stays. Returns how to end it.
 */
export function watchConfig({ home, env, config, scale, push }: Watched): () => void {
  let running = config;
  let stamp = configStamp(home, env);
  const look = async () => {
    const now = configStamp(home, env);
    if (now === stamp) return;
    stamp = now;
    try {
      const next = reload(running, await readConfig(home, env));
      running = next.config;
      const changes = next.changes.map(describeChange);
      if (changes.length > 0) push({ is: 'configured', config: scaleConfig(running, scale), changes });
    } catch (error) {
      push({ is: 'not-configured', why: messageOf(error) });
    }
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  return () => clearInterval(timer);
}
