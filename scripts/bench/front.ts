import { Home, LongRun } from './front/ground.ts';
import type { Row } from './row.ts';
import { atMost, figure } from './row.ts';

export const about =
  'The dashboard, the built program in a real terminal of 120 x 40 (tmux), beside a run of 10 agents that are all busy: a new snapshot five ' +
  'times a second, two events in the journal and ten lines for each agent. CPU is that of its process, from /proc, over 20 s. Memory: as ' +
  'many frames as an hour has at four a second, drawn one after the other, with what is held after the first tenth beside the end.';

const AGENTS = 10;
/** Four a second for an hour. */
const FRAMES = 14_400;

const percent = (share: number): string => `${figure(share * 100)} %`;

export async function rows(): Promise<Row[]> {
  const home = new Home(AGENTS);
  try {
    const overview = await home.watched([]);
    const agent = await home.watched(['Enter']);
    const { tenthMb, endMb, frameMs } = await new LongRun(home.folder).frames(FRAMES);
    return [
      {
        what: 'CPU of the overview, of one core',
        measured: percent(overview.cpu),
        demand: atMost(5, overview.cpu * 100, ' %'),
      },
      {
        what: "CPU of an agent's page, whose conversation streams, of one core",
        measured: percent(agent.cpu),
        demand: atMost(5, agent.cpu * 100, ' %'),
      },
      { what: 'memory of its process', measured: `${figure(agent.rssMb)} MB` },
      { what: 'a frame in which everything changed', measured: `${figure(frameMs)} ms` },
      {
        what: `heap after ${FRAMES.toLocaleString('en-US')} frames, in MB`,
        measured: `${figure(endMb)} MB`,
        beside: `after a tenth of them: ${figure(tenthMb)} MB`,
        ratio: endMb / tenthMb,
        demand: atMost(1.2, endMb / tenthMb),
      },
    ];
  } finally {
    home.close();
  }
}
