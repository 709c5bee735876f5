import { PassThrough } from 'node:stream';
import { render } from 'ink';
import { Screen } from '../../../src/dashboard/app.tsx';
import { screen } from '../../../src/dashboard/screen.ts';
import { START } from '../../../src/dashboard/ui.ts';
import { snapshotOf } from './scene.ts';

const AGENTS = 10;
const size = { columns: 120, rows: 40 };

/** A window that takes everything and keeps nothing. */
const stdout = Object.assign(new PassThrough().resume(), {
  ...size,
  isTTY: true,
}) as unknown as NodeJS.WriteStream;

const elementOf = (step: number) => {
  const at = new Date(Date.UTC(2026, 0, 1) + step * 250).toISOString();
  const snapshot = snapshotOf(AGENTS, step, at);
  const scene = { snapshot, silentMs: 0, coordinator: 'live', events: [], nowMs: Date.parse(at) } as const;
  const rows = screen(scene, {
    ui: START,
    size,
    canPause: true,
    interrupt: 'leave',
    can: () => true,
    notice: undefined,
    ascii: false,
  });
  return <Screen rows={rows} colourful />;
};

const heapMb = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

const frames = Number(process.argv[2]);
const app = render(elementOf(0), {
  stdout,
  patchConsole: false,
  incrementalRendering: true,
  interactive: true,
  maxFps: 100_000,
});
let tenthMb = 0;
const begun = performance.now();
for (let step = 1; step <= frames; step++) {
  app.rerender(elementOf(step));
  await new Promise((done) => setImmediate(done));
  if (step === Math.floor(frames / 10)) tenthMb = heapMb();
}
const frameMs = (performance.now() - begun) / frames;
const endMb = heapMb();
app.unmount();
process.stdout.write(JSON.stringify({ tenthMb, endMb, frameMs }));
