import { findProgram } from '../../program.ts';
import { fenceText, probeFence } from '../../session/fence.ts';
import { error, ok, warning } from './check.ts';
import type { Check, Context, Finding } from './check.ts';
import { tryOut } from './probe.ts';

/** Who runs this, and what agents may do then. */
export const rights: Check = {
  name: 'rights',
  look({ config, env }) {
    const isRoot = process.getuid?.() === 0;
    const { mode } = config.permissions;
    if (isRoot && mode === 'bypass' && env.IS_SANDBOX !== '1') {
      const todo = 'run it as an ordinary user, or write permissions.mode: dontAsk';
      return [error('permissions.mode is bypass, which Claude Code refuses to root', todo)];
    }
    if (isRoot) {
      const what = 'this is root: what agents run may change the whole machine';
      return [warning(what, 'run it as an ordinary user, or in a container that holds nothing else')];
    }
    if (mode === 'bypass') {
      const what = 'permissions.mode is bypass: agents may do whatever you may do';
      return [warning(what, 'write permissions.mode: dontAsk unless this machine holds nothing of value')];
    }
    return [ok(`an ordinary user; agents run in mode ${mode}`)];
  },
};

/** What a sandbox for agents' commands takes. */
const BWRAP = 'bwrap --ro-bind / / --dev /dev --proc /proc --unshare-pid --die-with-parent true';

export const sandbox: Check = {
  name: 'sandbox',
  async look(context) {
    const missing = ['bwrap', 'socat'].filter((name) => findProgram(name, context.env) === undefined);
    const packages = missing.map((name) => (name === 'bwrap' ? 'bubblewrap' : name));
    if (missing.length > 0) {
      const what = `${missing.join(' and ')} not installed: agents' commands cannot be confined`;
      return [warning(what, `install ${packages.join(' and ')}`)];
    }
    const { code, output } = await tryOut(BWRAP, context);
    if (code === 0) return [ok('bwrap and socat work')];
    const why = output.trim().split('\n').at(-1) ?? '';
    const todo = 'allow user namespaces (on Ubuntu an AppArmor profile for bwrap, in Docker --security-opt)';
    return [warning(`bwrap does not work here (${why})`, todo)];
  },
};

/** What holds agents to the limits of `machine`. */
export const fence: Check = {
  name: 'limits',
  look({ env }) {
    const found = probeFence(env, process.getuid?.() === 0);
    const what = `agents are held to machine.*: ${fenceText(found)}`;
    if (found.systemd && found.prlimit) return [ok(what)];
    const todo = found.prlimit
      ? 'where systemd runs (loginctl enable-linger for a service), its control groups are used as well'
      : 'install util-linux (prlimit)';
    return [found.prlimit ? ok(`${what}; ${todo}`) : warning(what, todo)];
  },
};

/** Whether the kernel ends agents when the coordinator is killed. */
export const deathSignal: Check = { name: 'pdeathsig', look: lookAtDeathSignal };

async function lookAtDeathSignal(context: Context): Promise<Finding[]> {
  const what = 'agents live on when the coordinator is killed, until the next start ends them';
  const todo = 'install util-linux 2.33 or newer (setpriv)';
  if (findProgram('setpriv', context.env) === undefined) return [warning(`no setpriv: ${what}`, todo)];
  const { code } = await tryOut('setpriv --pdeathsig TERM -- true', context);
  return code === 0
    ? [ok('agents end when the coordinator is killed')]
    : [warning(`setpriv --pdeathsig does not work: ${what}`, todo)];
}
