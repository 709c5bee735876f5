import { agentEnvironment } from '../environment.ts';
import { probeFence } from '../session/fence.ts';
import { openSandbox } from '../session/sandbox.ts';
import { gateFile } from './account.ts';
import { Gatekeeper } from './gatekeeper.ts';
import { Incidents } from './incidents.ts';
import { openPurse } from './purse.ts';
import type { Run } from './run.ts';
import { Starts } from './starts.ts';

/** What decides whether agents may begin something, and what they may use. */
type Allowances = Pick<Run, 'gatekeeper' | 'incidents' | 'purse' | 'starts' | 'fence' | 'sandbox'>;

interface Grounds extends Pick<Run, 'state' | 'queue' | 'config' | 'env' | 'tell'> {
  /** What all lives of a run's coordinator have in common. */
  began: string;
  /** Divides the harness' own waits. */
  scale: number;
}

/** Opens them as an earlier run left them, and tries out what this machine offers. */
export function openAllowances({ env, scale, ...grounds }: Grounds): Allowances {
  const { config, tell } = grounds;
  const sandbox = openSandbox(config.session.sandbox, env);
  if ('why' in sandbox && config.session.sandbox === 'auto') tell({ is: 'unconfined', why: sandbox.why });
  const file = gateFile(agentEnvironment(env, config.agent.env));
  return {
    gatekeeper: new Gatekeeper({ file, config, scale, tell }),
    incidents: new Incidents(tell, scale),
    purse: openPurse(grounds),
    starts: new Starts(scale),
    sandbox,
    fence: probeFence(env, process.getuid?.() === 0),
  };
}
