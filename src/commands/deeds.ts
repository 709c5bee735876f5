import { isAgentPaused } from '../coordinator/control.ts';
import type { BoardSetup } from '../dashboard/board.ts';
import type { Deed } from '../dashboard/ui.ts';
import type { Home } from '../home.ts';
import { answerQuestion } from '../queue/question.ts';
import { changePause } from './control.ts';
import { openQueue, stateOf } from './invocation.ts';
import { moveItem } from './queue-hands.ts';
import { askAbout } from './steer.ts';

/** What the keys of a dashboard do: the same as the commands of these names, and said in the same words. */
export function deedsOf(home: Home): NonNullable<BoardSetup['deeds']> {
  const move = async (deed: Deed): Promise<string> => {
    if (!('item' in deed) || deed.do === 'answer') return '';
    const hand = deed.do === 'hold' ? { verb: deed.do, reason: 'asked' } : { verb: deed.do };
    const { id, place, reason } = await moveItem(openQueue(home), stateOf(home), deed.item, hand);
    return `${id}: ${place}${reason === undefined ? '' : ` (${reason})`}`;
  };
  const tell = async (deed: Deed): Promise<string> => {
    if (deed.do !== 'nudge' && deed.do !== 'interrupt') return '';
    const { do: verb, agent, text } = deed;
    return askAbout(stateOf(home), verb, { agent, ...(text !== undefined && { text }) });
  };
  const answer = async (deed: Deed): Promise<string> => {
    if (deed.do !== 'answer') return '';
    const queue = openQueue(home);
    const { id } = answerQuestion(queue, queue.find(deed.item), deed.text);
    return `${id}: answered; its agent goes on when it is free`;
  };
  const pauseAgent = async (deed: Deed): Promise<string> => {
    if (deed.do !== 'pause-agent') return '';
    const state = stateOf(home);
    return changePause(state, !isAgentPaused(state, deed.agent), deed.agent);
  };
  const scale = async (deed: Deed): Promise<string> =>
    deed.do === 'scale' ? askAbout(stateOf(home), 'scale', { text: String(deed.agents) }) : '';
  const ofItems = { hold: move, release: move, retry: move, cancel: move };
  return { ...ofItems, answer, nudge: tell, interrupt: tell, 'pause-agent': pauseAgent, scale };
}
