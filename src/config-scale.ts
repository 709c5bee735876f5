import type { Config } from './config-schema.ts';

/** Divides the harness' own intervals by `scale` (tests, soak runs); what waits for the operating system stays. */
export function scaleConfig(config: Config, scale: number): Config {
  const by = (ms: number) => ms / scale;
  return {
    ...config,
    session: {
      ...config.session,
      silence: by(config.session.silence),
      idle_close: by(config.session.idle_close),
    },
    retry: { first: by(config.retry.first), most: by(config.retry.most) },
    notify: { ...config.notify, nothing_landed: by(config.notify.nothing_landed) },
    tick: by(config.tick),
    exchange: by(config.exchange),
    heartbeat: by(config.heartbeat),
    stale: by(config.stale),
  };
}
