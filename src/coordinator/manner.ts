import type { Config } from '../config.ts';
import type { Session, SessionSetup } from '../session/session.ts';

/** What of the way in which an agent works can be changed while its session lives. */
export interface Manner {
  model?: string | undefined;
  effort?: string | undefined;
  mode: Config['permissions']['mode'];
}

export const mannerOf = ({ models, permissions }: Pick<Config, 'models' | 'permissions'>): Manner => ({
  model: models.implement,
  effort: models.effort,
  mode: permissions.mode,
});

/** The model and the built-in tools that a session is started with. */
export const offer = ({ models, session }: Pick<Config, 'models' | 'session'>): Partial<SessionSetup> => ({
  ...(models.implement !== undefined && { model: models.implement }),
  ...(models.effort !== undefined && { effort: models.effort }),
  ...(session.tools && { offered: session.tools }),
});

/**
 * Brings a live session from one manner to another, also in mid-turn: it counts from the next request to the model on. Returns
 * what it is now, and what the CLI refused (that comes with the next session).
 */
export async function change(
  { controls }: Pick<Session, 'controls'>,
  from: Manner,
  to: Manner,
): Promise<{ now: Manner; refused: string[] }> {
  const now = { ...from };
  const refused: string[] = [];
  if (to.model !== from.model) {
    if (await controls.setModel(to.model ?? 'default')) now.model = to.model;
    else refused.push(`the model ${to.model ?? 'of its own choice'}`);
  }
  if (to.effort !== undefined && to.effort !== from.effort) {
    if (await controls.setEffort(to.effort)) now.effort = to.effort;
    else refused.push(`the effort ${to.effort}`);
  }
  if (to.mode !== from.mode) {
    if (await controls.setPermissionMode(to.mode === 'bypass' ? 'bypassPermissions' : to.mode))
      now.mode = to.mode;
    else refused.push(`permissions.mode ${to.mode}`);
  }
  return { now, refused };
}
