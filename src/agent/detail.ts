import type { AttemptState } from './agent.ts';

/** What the journal says of a state besides its name: why, or what it waits for. */
export function detailOf(state: AttemptState): { detail?: string } {
  switch (state.phase) {
    case 'correcting':
    case 'handing-over':
      return { detail: state.finding.reason };
    case 'planning':
      return state.finding ? { detail: state.finding.reason } : {};
    case 'nudged':
      return { detail: `${state.rung}: ${state.finding.reason}` };
    case 'recovering':
      return { detail: `${state.how}: ${state.cause.text}` };
    case 'waiting-for-limit':
      return { detail: state.refusal.text };
    case 'waiting-for-answer':
      return { detail: state.finding.text };
    case 'preparing':
    case 'orienting':
    case 'implementing':
    case 'verifying':
    case 'resuming':
    case 'ended':
      return {};
    default:
      return state satisfies never;
  }
}
