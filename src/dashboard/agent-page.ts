import type { AgentView } from './agents.ts';
import { eventsOf, happeningRows } from './happenings.ts';
import { EMPTY, joined, span } from './rows.ts';
import type { Row } from './rows.ts';
import type { Scene } from './scene.ts';
import { transcriptRows } from './transcript.ts';
import { many } from '../words.ts';

const LABEL = 10;
const BETWEEN = span('   ');
const line = (label: string, ...parts: Row[]): Row => [
  span(` ${label}`.padEnd(LABEL), 'dim'),
  ...joined(parts, BETWEEN),
];

/** One agent looked at closely: what it does, its session, its conversation as it goes on (else its last events). */
export function agentPage(
  scene: Scene,
  view: AgentView,
  { columns, height }: { columns: number; height: number },
): Row[] {
  const agent = scene.snapshot?.agents.find((one) => one.agent === view.agent);
  if (!agent) return [];
  const session = [
    [view.session],
    ...(agent.pid === undefined ? [] : [[span(`pid ${agent.pid}`, 'dim')]]),
    ...(agent.session === undefined ? [] : [[span(agent.session, 'dim')]]),
  ];
  const spent = [
    [span(view.cost || '$0.00')],
    [span(many(agent.turns, 'turn'))],
    [span(many(agent.restarts, 'restart'), agent.restarts === 0 ? 'plain' : 'warn')],
  ];
  const head = [
    line(
      'agent',
      [span(view.agent, 'strong')],
      [span(`${view.symbol} ${view.doing} ${view.time}`, view.tone)],
    ),
    line(
      'item',
      ...(view.item === '' ? [[span('none', 'dim')]] : [[span(view.item)], [span(view.title, 'strong')]]),
    ),
    line('session', ...session),
    line('lease', [view.heartbeat === '' ? span('none', 'dim') : span(`renewed ${view.heartbeat} ago`)]),
    line('spent', ...spent),
    line('last', [span(view.last || 'nothing yet', view.last ? 'plain' : 'dim')]),
    EMPTY,
  ];
  const room = Math.max(0, height - head.length);
  const { notes = [] } = scene;
  if (notes.length > 0) return [...head, ...transcriptRows(notes, { columns, height: room })];
  const events = eventsOf(scene.events, scene.snapshot?.run, view.agent);
  return [...head, ...happeningRows(events, room)];
}
