import { safeText } from '../text.ts';
import type { Block, SessionEvent } from './protocol.ts';

/** An event in a few words for a dashboard, safe to show; undefined for events that are not worth showing. */
export function inWords(event: SessionEvent): string | undefined {
  switch (event.is) {
    case 'assistant':
      return event.blocks.map(blockInWords).findLast((words) => words !== undefined);
    case 'tool-progress':
      return `${event.tool} has been running for ${seconds(event.elapsedMs)}`;
    case 'retry':
      return `the API failed (${event.status ?? event.error}), retry ${event.attempt} of ${event.most} in ${seconds(event.delayMs)}`;
    case 'limit':
      return event.status === 'rejected' ? `the ${event.window} usage limit is reached` : undefined;
    case 'denied':
      return `${event.tool} was not permitted`;
    case 'request':
      return event.subtype === 'can_use_tool' ? `${event.detail} was not permitted` : undefined;
    case 'compacting':
      return event.done ? undefined : 'compacts the conversation';
    case 'malformed':
      return `wrote a line that is ${event.why}`;
    case 'init':
    case 'result':
    case 'response':
    case 'state':
    case 'lifecycle':
    case 'delta':
    case 'tool-results':
    case 'task':
    case 'tasks':
    case 'other':
      return undefined;
    default:
      return event satisfies never;
  }
}

function blockInWords(block: Block): string | undefined {
  if (block.is === 'tool') return safeText(`${block.name}: ${block.input}`, { max: 160 });
  if (block.is === 'thinking') return 'thinks';
  const words = safeText(block.text.trim().split('\n').at(-1) ?? '', { max: 160 });
  return words === '' ? undefined : words;
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
