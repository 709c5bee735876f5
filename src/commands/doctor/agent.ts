import { tmpdir } from 'node:os';
import { newUuid, randomText } from '../../clock.ts';
import { agentEnvironment } from '../../environment.ts';
import { HarnessError } from '../../errors.ts';
import { Session } from '../../session/session.ts';
import { safeText } from '../../text.ts';
import { commandName } from '../../coordinator/agent-command.ts';
import { error, ok, warning } from './check.ts';
import type { Check, Context, Finding } from './check.ts';
import { tryOut, withFolder } from './probe.ts';

/** What the agent program answers to `initialize`, as far as it is looked at. Other versions may leave anything out. */
interface Handshake {
  claude_code_version?: string | undefined;
  account?: { tokenSource?: string; apiKeySource?: string; apiProvider?: string; email?: string };
  models?: { value?: string; resolvedModel?: string }[];
  capabilities?: string[];
}

/** Starts the agent program as a run does, besides the model, and ends it again. No model is called. */
export const agent: Check = {
  name: 'agent',
  async look(context) {
    const name = commandName(context.config.agent.command);
    try {
      const answer = await shakeHands(context);
      return read(
        name,
        { ...answer, claude_code_version: answer.claude_code_version ?? (await versionOf(context)) },
        context,
      );
    } catch (cause) {
      if (!(cause instanceof HarnessError)) throw cause;
      // The folder that it names is gone again.
      const what = cause.message.replace(/, or see \S+\/stderr\.log$/, '');
      return [error(what, 'mend that; agents cannot start without it')];
    }
  },
};

function shakeHands({ config, env }: Context): Promise<Handshake> {
  return withFolder(tmpdir(), async (folder) => {
    let answer: Handshake | undefined;
    const session = await Session.open(
      {
        command: config.agent.command,
        cwd: folder,
        folder,
        env: agentEnvironment(env, config.agent.env),
        sessionId: newUuid(),
        permission: config.permissions,
        marker: `doctor.${randomText(6)}`,
        startMs: config.session.start,
        graceMs: config.session.grace,
        // Not the configured model: the CLI lists whatever it is started with.
      },
      (event) => {
        if (event.is === 'response' && event.ok) answer ??= event.value;
      },
    );
    await session.close();
    return answer ?? {};
  });
}

/** Older versions do not name themselves when they are greeted. */
async function versionOf(context: Context): Promise<string | undefined> {
  const words = [...context.config.agent.command, '--version'];
  const commandLine = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  const { code, output } = await tryOut(commandLine, context);
  return code === 0 ? output.trim().split(/\s/)[0] : undefined;
}

/** What a handshake tells. */
export function read(name: string, answer: Handshake, { config }: Pick<Context, 'config'>): Finding[] {
  const version = safeText(answer.claude_code_version ?? 'of an unknown version');
  if (version === 'stand-in') return [ok(`the ${name}`)];
  return [
    ok(`${safeText(name)} ${version} answers`),
    ...loginIn(answer),
    ...modelsIn(answer, config.models),
    ...capabilitiesIn(answer),
  ];
}

function loginIn({ account }: Handshake): Finding[] {
  const todo = 'run claude and then /login, or set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN';
  if (!account) return [warning('whether it is logged in cannot be seen', todo)];
  const { tokenSource = 'none', apiKeySource = 'none', apiProvider = 'firstParty' } = account;
  const source = [apiKeySource, tokenSource].find((one) => one !== 'none');
  if (source === undefined && apiProvider === 'firstParty') return [error('it is not logged in', todo)];
  const by =
    source === undefined ? apiProvider : `${source}${apiProvider === 'firstParty' ? '' : `, ${apiProvider}`}`;
  return [ok(`login by ${safeText(by)} (whether it is accepted shows at the first prompt)`)];
}

function modelsIn({ models }: Handshake, wanted: Context['config']['models']): Finding[] {
  if (!models || models.length === 0) return [];
  const known = models.flatMap(({ value, resolvedModel }) => [value, resolvedModel]);
  const names = models.map(({ value }) => value).join(', ');
  return Object.entries(wanted).flatMap(([use, model]) => {
    if (model === undefined || known.includes(model)) return [];
    const what = `models.${use} is ${safeText(model)}, which it does not list (${safeText(names)})`;
    return [warning(what, 'write one of those, unless you know that it is there')];
  });
}

/** Older versions do not say what they can. */
function capabilitiesIn({ capabilities }: Handshake): Finding[] {
  if (capabilities) return [];
  return [warning('it is old: it does not say what it can', 'install a newer Claude Code; a run makes do')];
}
