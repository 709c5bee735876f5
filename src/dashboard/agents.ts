import { DEADLINES } from '../agent/agent.ts';
import type { AgentSnapshot } from '../coordinator/snapshot.ts';
import { clean, pad } from './cells.ts';
import { span } from './rows.ts';
import type { Row, Span, Tone } from './rows.ts';
import { isStale, timeOf } from './scene.ts';
import type { Scene } from './scene.ts';
import { table, widest } from './table.ts';
import type { Column } from './table.ts';
import { ago, lasting, many, money } from '../words.ts';

/** An agent as the dashboard shows it: every cell in words. */
export interface AgentView {
  agent: string;
  symbol: string;
  tone: Tone;
  /** The phase of its work, else its state. */
  doing: string;
  /** How long it has been doing that. */
  time: string;
  /** Evidence of its session, and how long ago that was heard: `live 2s`. */
  session: Span;
  /** Since its lease was renewed. */
  heartbeat: string;
  item: string;
  title: string;
  /** The last event in words, or why it does nothing. */
  last: string;
  turns: string;
  cost: string;
  restarts: string;
  chosen: boolean;
}

const SYMBOLS: Record<AgentSnapshot['state'], { symbol: string; tone: Tone }> = {
  working: { symbol: '●', tone: 'busy' },
  free: { symbol: '○', tone: 'dim' },
  waiting: { symbol: '◐', tone: 'warn' },
  parked: { symbol: '■', tone: 'bad' },
  paused: { symbol: '◐', tone: 'warn' },
};

const IN_TURN: ReadonlySet<string> = new Set(
  Object.entries(DEADLINES).flatMap(([phase, deadline]) => (deadline === 'silence' ? [phase] : [])),
);

/** A session that said nothing for this long in mid-turn is shown in another colour, unless the run knows better. */
const QUIET_MS = 120_000;

export function agentViews(scene: Scene, chosen?: string): AgentView[] {
  return (scene.snapshot?.agents ?? []).map((agent) => agentView(scene, agent, agent.agent === chosen));
}

function agentView(scene: Scene, agent: AgentSnapshot, chosen: boolean): AgentView {
  const now = timeOf(scene);
  const since = ago(agent.since, now);
  const beat = ago(agent.heartbeatAt, now);
  const attempt = (agent.attempt ?? 1) > 1 ? ` #${agent.attempt}` : '';
  return {
    agent: agent.agent,
    ...SYMBOLS[agent.state],
    doing: agent.phase ?? agent.state,
    time: since === undefined ? '' : lasting(since),
    session: sessionOf(scene, agent),
    heartbeat: beat === undefined ? '' : lasting(beat),
    item: agent.item === undefined ? '' : agent.item + attempt,
    title: agent.title ?? '',
    last: agent.reason ?? agent.last ?? '',
    turns: agent.turns === 0 ? '' : String(agent.turns),
    cost: agent.costUsd === 0 ? '' : money(agent.costUsd),
    restarts: agent.restarts === 0 ? '' : String(agent.restarts),
    chosen,
  };
}

/** Without news of the coordinator nobody has looked at its agents: live ones are unverifiable then. */
function sessionOf(scene: Scene, agent: AgentSnapshot): Span {
  const { liveness } = agent;
  if (liveness === 'none') return span('–', 'dim');
  if (liveness === 'exited') return span('exited', agent.state === 'working' ? 'bad' : 'dim');
  if (scene.snapshot?.state === 'ended') return span('closed', 'dim');
  if (liveness === 'unverifiable' || isStale(scene)) return span('unverifiable', 'warn');
  const heard = ago(agent.heardAt, timeOf(scene));
  const limit = (scene.snapshot?.silenceMs ?? 2 * QUIET_MS) / 2;
  const quiet = IN_TURN.has(agent.phase ?? '') && (heard ?? 0) > limit;
  return span(heard === undefined ? 'live' : `live ${lasting(heard)}`, quiet ? 'warn' : 'plain');
}

const mark = ({ chosen }: AgentView): Span => span(chosen ? '❯' : ' ', 'busy');
const name = ({ agent, chosen }: AgentView): Span => span(agent, chosen ? 'strong' : 'plain');
const doing = ({ symbol, doing: what, tone }: AgentView): Span => span(`${symbol} ${what}`, tone);

const DOING = 14;
const TIME = 7;

/** One row for each agent under a heading; columns that do not fit are left away, the least telling first. */
export function agentTable(views: readonly AgentView[], width: number): Row[] {
  const columns: Column<AgentView>[] = [
    { head: '', width: 1, rank: 1, cell: mark },
    { head: 'agent', width: wide(views, 'agent', 5, 12), rank: 1, cell: name },
    { head: 'state', width: DOING, rank: 1, cell: doing },
    { head: 'time', width: TIME, rank: 4, align: 'right', cell: (one) => span(one.time) },
    { head: 'item', width: wide(views, 'item', 8, 20), rank: 2, cell: (one) => span(one.item) },
    { head: 'title', width: 16, share: 2, rank: 7, cell: (one) => span(one.title) },
    { head: 'session', width: 12, rank: 5, cell: (one) => one.session },
    { head: 'last event', width: 12, share: 3, rank: 3, cell: (one) => span(one.last, lastTone(one)) },
    { head: 'lease', width: 7, rank: 10, align: 'right', cell: (one) => span(one.heartbeat, 'dim') },
    { head: 'turns', width: 5, rank: 9, align: 'right', cell: (one) => span(one.turns, 'dim') },
    { head: 'restarts', width: 8, rank: 8, align: 'right', cell: (one) => span(one.restarts, 'warn') },
    { head: 'cost', width: 7, rank: 6, align: 'right', cell: (one) => span(one.cost) },
  ];
  return table(columns, views, width);
}

const wide = (views: readonly AgentView[], key: 'agent' | 'item', least: number, most: number): number =>
  widest(
    views.map((one) => one[key]),
    least,
    most,
  );

const lastTone = ({ tone }: AgentView): Tone => (tone === 'bad' ? 'bad' : 'dim');

/** Two rows for each agent, without a heading: where it is narrow and there is height, this tells more. */
export function agentCards(views: readonly AgentView[], width: number): Row[] {
  const agent = wide(views, 'agent', 2, 12);
  const item = wide(views, 'item', 8, 16);
  const indent = 1 + 2 + agent + 2;
  const first = DOING + 2 + TIME;
  const title = Math.max(0, width - indent - first - 2 - item - 2 - 2 - TIME);
  return views.flatMap((one): Row[] => [
    [
      mark(one),
      span('  '),
      span(pad(clean(one.agent), agent + 2), name(one).tone),
      span(pad(doing(one).text, DOING + 2), one.tone),
      span(`${pad(one.time, TIME, 'right')}  `),
      span(pad(clean(one.item), item + 2)),
      span(pad(clean(one.title), title + 2), 'strong'),
      span(pad(one.cost, TIME, 'right')),
    ],
    [span(' '.repeat(indent + 2)), ...sessionCell(one, first - 2), span('  '), span(one.last, lastTone(one))],
  ]);
}

function sessionCell({ session, restarts }: AgentView, width: number): Row {
  const dim = session.tone === 'plain' ? 'dim' : session.tone;
  const more = restarts === '' ? '' : ` · ${many(Number(restarts), 'restart')}`;
  return [span(pad(session.text + more, width), dim)];
}
