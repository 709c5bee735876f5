import type { Rung } from '../agent/agent.ts';
import type { Equipment } from '../agent/parts.ts';
import type { Config } from '../config.ts';
import type { Session } from '../session/session.ts';

type Mode = 'dontAsk' | 'acceptEdits' | 'plan' | 'bypassPermissions';

/** What a session has now, as far as it is not what it was started with. */
interface Given {
  model?: string;
  mode?: Mode;
}

const given = new WeakMap<Session, Given>();

/**
 * Gives a session the model and the rights that a turn is for, from its next request on; nothing is asked of the CLI where it has
 * them. What is for reading only runs in the CLI's mode for plans, which refuses to write. A model that the CLI does not
 * know leaves the one that it has: `note` is told.
 */
export async function equip(
  session: Session,
  { models, permissions }: Pick<Config, 'models' | 'permissions'>,
  { aim, isStrong }: Equipment,
  note: (text: string) => void,
): Promise<void> {
  const now = given.get(session) ?? {};
  given.set(session, now);
  const launched = models.implement ?? 'default';
  const usual = (isStrong ? models.stronger : undefined) ?? launched;
  const model = aim === 'work' ? usual : (models.plan ?? usual);
  const mode = aim === 'work' ? modeOf(permissions.mode) : 'plan';
  if (model !== (now.model ?? launched)) {
    if (await session.controls.setModel(model)) now.model = model;
    else note(`the agent program does not take the model ${model}; it goes on with ${now.model ?? launched}`);
  }
  if (mode !== (now.mode ?? modeOf(permissions.mode))) {
    if (await session.controls.setPermissionMode(mode)) now.mode = mode;
    else note(`the agent program does not change to permission mode ${mode}`);
  }
}

const modeOf = (mode: Config['permissions']['mode']): Mode =>
  mode === 'bypass' ? 'bypassPermissions' : mode;

/** What is done about an agent that gets nowhere, in this order; nothing where nothing is to be sent back at all. */
export function ladderOf({
  nudges,
  models,
  corrections,
}: Pick<Config, 'nudges' | 'models' | 'corrections'>): Rung[] {
  if (corrections === 0) return [];
  return [
    ...Array.from({ length: nudges.most }, () => 'nudge' as const),
    'redirect',
    ...(models.stronger === undefined ? [] : (['stronger'] as const)),
    'anew',
  ];
}
