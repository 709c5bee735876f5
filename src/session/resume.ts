import type { SessionEvent } from './protocol.ts';

/** What a resumed session has told so far of a message that an earlier process had not answered. */
export interface Resume {
  readonly uuid: string;
  /** It works on something. */
  readonly busy: boolean;
  /** It said that it is through with the message. */
  readonly completed: boolean;
}

export const expectResume = (uuid: string): Resume => ({ uuid, busy: false, completed: false });

/** What a resumed session has told after one more event. */
export function hearResumed(resume: Resume, event: SessionEvent): Resume {
  if (event.is === 'state') return { ...resume, busy: event.state !== 'idle' };
  if (event.is === 'init' || event.is === 'assistant') return { ...resume, busy: true };
  if (event.is !== 'lifecycle') return resume;
  if (event.state === 'started') return { ...resume, busy: true };
  return event.uuid === resume.uuid && event.state === 'completed' ? { ...resume, completed: true } : resume;
}

/** How long an idle session must say nothing before it is believed to be through with a message, in ms. */
export interface ResumePatience {
  /** When it said that the message is completed: a resumed turn says so too, before it begins. */
  finishedMs: number;
  /** When it said nothing of the message: older versions never do. */
  swallowedMs: number;
}

export const RESUME_PATIENCE: ResumePatience = { finishedMs: 3_000, swallowedMs: 10_000 };

/**
 * What came of the message, `quietMs` after the session last said anything: `finished` before the crash, `swallowed`
 * without any turn, or `wait`. The turn itself ends by its result, as every turn does.
 */
export function afterCrash(
  resume: Resume,
  quietMs: number,
  patience: ResumePatience,
): 'wait' | 'finished' | 'swallowed' {
  if (resume.busy) return 'wait';
  if (resume.completed) return quietMs >= patience.finishedMs ? 'finished' : 'wait';
  return quietMs >= patience.swallowedMs ? 'swallowed' : 'wait';
}
