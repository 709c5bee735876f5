import type { BoardSetup } from '../dashboard/board.ts';
import type { Deed } from '../dashboard/ui.ts';
import type { Home } from '../home.ts';
import { openQueue, stateOf } from './invocation.ts';
import { moveItem } from './queue-hands.ts';

/** What the keys of a dashboard do: the same as the commands of these names, and said in the same words. */
export function deedsOf(home: Home): NonNullable<BoardSetup['deeds']> {
  const move = async (deed: Deed): Promise<string> => {
    if (!('item' in deed)) return '';
    const hand = deed.do === 'hold' ? { verb: deed.do, reason: 'asked' } : { verb: deed.do };
    const { id, place, reason } = await moveItem(openQueue(home), stateOf(home), deed.item, hand);
    return `${id}: ${place}${reason === undefined ? '' : ` (${reason})`}`;
  };
  return { hold: move, release: move, retry: move, cancel: move };
}
