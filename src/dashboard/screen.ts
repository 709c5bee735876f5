import { agentCards, agentTable, agentViews } from './agents.ts';
import type { AgentView } from './agents.ts';
import { agentPage } from './agent-page.ts';
import { itemPage } from './item-page.ts';
import { happeningRows } from './happenings.ts';
import { endingRow, gateRow, landingRow, moneyRow, queueRow, runRow, titleRow } from './header.ts';
import { footer, helpRows } from './help.ts';
import type { Abilities } from './help.ts';
import { EMPTY, fit, span } from './rows.ts';
import type { Row } from './rows.ts';
import { problemRows } from './problems.ts';
import { queuePage } from './queue-page.ts';
import type { Scene } from './scene.ts';
import { summaryRow } from './summary.ts';
import type { Ui } from './ui.ts';

export interface Size {
  columns: number;
  rows: number;
}

export interface ScreenSetup extends Abilities {
  ui: Ui;
  size: Size;
  /** An answer to the last key, shown instead of the footer. */
  notice?: string | undefined;
  /** Whether the terminal shows ASCII only. */
  ascii?: boolean;
}

/** Below this the dashboard is one line. */
const SMALLEST = { columns: 40, rows: 8 } as const;
/** From this width on, agents have one row each even if there is height for two. */
const WIDE = 120;

/**
 * The whole screen: at most `rows - 1` rows (a full last line makes terminals scroll) of at most `columns` cells, every
 * text cleaned. Pure.
 */
export function screen(scene: Scene, setup: ScreenSetup): Row[] {
  const { columns } = setup.size;
  const height = Math.max(1, setup.size.rows - 1);
  const small = columns < SMALLEST.columns || setup.size.rows < SMALLEST.rows;
  const rows = small ? [summaryRow(scene)] : withFooter(scene, setup, height);
  return rows.slice(0, height).map((row) => fit(row, columns, setup.ascii));
}

function withFooter(scene: Scene, setup: ScreenSetup, height: number): Row[] {
  const body = page(scene, setup, height - 1).slice(0, height - 1);
  const filling = Array.from({ length: height - 1 - body.length }, () => EMPTY);
  return [...body, ...filling, footer(setup, setup.ui, setup.notice, setup.size.columns)];
}

function page(scene: Scene, setup: ScreenSetup, height: number): Row[] {
  const { ui, size } = setup;
  const title = titleRow(scene, size.columns);
  if (ui.view === 'help') return [title, EMPTY, ...helpRows(setup)];
  const room = { columns: size.columns, height: height - 2 };
  if (ui.view === 'queue') return [title, EMPTY, ...queuePage(scene, ui, room)];
  if (ui.view === 'item' && ui.item !== undefined) return [title, EMPTY, ...itemPage(scene, ui.item, room)];
  const agent = ui.view === 'agent' ? agentViews(scene, ui.chosen).find((one) => one.chosen) : undefined;
  if (agent) return [title, EMPTY, ...agentPage(scene, agent, room)];
  return overview(scene, setup, height);
}

/** Problems first, then numbers, agents and what happened last; the latter gets what is left over. */
function overview(scene: Scene, setup: ScreenSetup, height: number): Row[] {
  const views = agentViews(scene, setup.ui.chosen);
  const gap = height >= 18 ? [EMPTY] : [];
  const airy = header(scene, setup.size.columns, { gap, height });
  const isTight = airy.length + 1 + views.length + gap.length + FEW > height;
  const head = [...(isTight ? header(scene, setup.size.columns, { gap: [], height }) : airy), ...gap];
  const room = height - head.length - gap.length;
  const agents = views.length === 0 ? nothing(scene) : agentRows(views, setup.size.columns, room);
  return [...head, ...agents, ...gap, ...journal(scene, room - agents.length)];
}

function header(scene: Scene, columns: number, { gap, height }: { gap: Row[]; height: number }): Row[] {
  const problems = problemRows(scene, columns, Math.max(2, Math.floor(height / 5)));
  const numbers = [gateRow, endingRow, runRow, queueRow, landingRow, moneyRow]
    .map((rowOf) => rowOf(scene))
    .filter((row) => row.length > 0);
  return [
    titleRow(scene, columns),
    ...gap,
    ...(problems.length > 0 ? [...problems, ...gap] : []),
    ...(scene.snapshot ? numbers : []),
  ];
}

function nothing({ snapshot, starting }: Scene): Row[] {
  if (snapshot || starting) return [];
  return [[span(' nothing runs here yet; harness parallel starts agents on the queue', 'dim')]];
}

const journal = ({ events }: Scene, room: number): Row[] => (room < 1 ? [] : happeningRows(events, room));

/** Agents with one row each leave at least this many rows for what happened last, with two rows more. */
const FEW = 3;
const SOME = 6;

function agentRows(views: readonly AgentView[], columns: number, room: number): Row[] {
  if (columns < WIDE && 2 * views.length + SOME <= room) return agentCards(views, columns);
  const most = Math.max(1, Math.min(views.length, room - 1 - Math.min(FEW, Math.floor(room / 4))));
  return shownAgents(views, most, columns);
}

/** As many agents as there is room for, around the chosen one. */
function shownAgents(views: readonly AgentView[], most: number, columns: number): Row[] {
  if (views.length <= most) return agentTable(views, columns);
  const room = Math.max(1, most - 1);
  const chosen = Math.max(
    0,
    views.findIndex((one) => one.chosen),
  );
  const first = Math.min(Math.max(0, chosen - room + 1), views.length - room);
  const shown = views.slice(first, first + room);
  return [...agentTable(shown, columns), [span(`   and ${views.length - shown.length} more agents`, 'dim')]];
}
