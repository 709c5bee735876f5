import { atLeast, atMost, figure, perSecond } from './row.ts';
import type { Row } from './row.ts';
import { adding } from './queue/adds.ts';
import { bundled, figuresOf } from './queue/child.ts';
import { claiming, competing, growing } from './queue/claims.ts';
import { commandLine } from './queue/command.ts';
import { filledQueue, inScratch } from './queue/ground.ts';
import { compare, jsonFile, listing, ours, sqlite } from './queue/others.ts';
import type { Figures } from './queue/others.ts';

export const about = `The queue of plain files: claiming with the index in memory that the coordinator keeps, beside the two
calls that a claim is made of; adding durably, beside the four calls that an add is made of; the command line as a whole
process, beside an empty script. Then the same work (add, claim, finish; adds and ends survive a power cut, claims need not) by
what people would pick instead.`;

export async function rows(): Promise<Row[]> {
  return [
    ...(await claimRows()),
    await competingRow(),
    await addRow(),
    await startRow(),
    await residentRow(),
    await commandRow(),
    ...(await otherRows()),
  ];
}

async function claimRows(): Promise<Row[]> {
  const some = await inScratch((folder) => claiming(folder, 10_000));
  const { fewUs, manyUs } = await inScratch((folder) => growing(folder, 100, 100_000));
  const rate = some.bareUs / some.claimUs;
  const growth = manyUs / fewUs;
  return [
    {
      what: 'claims, 10,000 pending',
      measured: perSecond(1, some.claimUs / 1000),
      beside: `utimes and rename alone: ${perSecond(1, some.bareUs / 1000)}`,
      ratio: rate,
      demand: atLeast(0.6, rate),
    },
    {
      what: 'a claim, 100,000 pending',
      measured: `${figure(manyUs)} µs`,
      beside: `100 pending: ${figure(fewUs)} µs`,
      ratio: growth,
      demand: atMost(1.5, growth),
    },
  ];
}

async function competingRow(): Promise<Row> {
  const { p99Ms, perSecond: rate } = await inScratch((folder) => competing(folder));
  return {
    what: '8 processes claim 10,000 items from each other',
    measured: `99 of 100 claims within ${figure(p99Ms)} ms`,
    beside: `${figure(rate)} claims/s together`,
    demand: atMost(5, p99Ms, ' ms'),
  };
}

async function addRow(): Promise<Row> {
  const { addMs, bareMs } = await inScratch(adding);
  const ratio = bareMs / addMs;
  return {
    what: 'a durable add',
    measured: `${figure(addMs)} ms`,
    beside: `write, fsync, link, fsync of the folder: ${figure(bareMs)} ms`,
    ratio,
    demand: atLeast(0.6, ratio),
  };
}

const resident = (folder: string, items: number) =>
  bundled('resident', (file) =>
    figuresOf<{ ms: number; peakBytes: number }>(file, [filledQueue(folder, items).folder]),
  );

async function startRow(): Promise<Row> {
  const { ms } = await inScratch((folder) => resident(folder, 10_000));
  return {
    what: 'start with 10,000 items: put in order, followed, the first one found',
    measured: `${figure(ms / 1000)} s`,
    demand: atMost(0.5, ms / 1000, ' s'),
  };
}

async function residentRow(): Promise<Row> {
  const { peakBytes } = await inScratch((folder) => resident(folder, 100_000));
  const megabytes = peakBytes / 1e6;
  return {
    what: 'memory of a process that follows 100,000 items, at its highest',
    measured: `${figure(megabytes)} MB`,
    demand: atMost(150, megabytes, ' MB'),
  };
}

async function commandRow(): Promise<Row> {
  const { addMs, emptyMs } = await inScratch(commandLine);
  return {
    what: 'harness queue add, the whole process',
    measured: `${figure(addMs)} ms`,
    beside: `an empty script: ${figure(emptyMs)} ms`,
    ratio: addMs / emptyMs,
    demand: atMost(2, addMs / emptyMs),
  };
}

async function otherRows(): Promise<Row[]> {
  const size = { items: 2_000, claims: 500 };
  const contenders = { 'the queue': ours, 'a listing for every claim': listing, 'SQLite, WAL': sqlite };
  const found: Row[] = [];
  for (const [what, contender] of Object.entries(contenders)) {
    found.push(
      figuresRow(`${what}, 2,000 items`, await inScratch((folder) => compare(contender(folder), size))),
    );
  }
  const few = await inScratch((folder) => compare(jsonFile(folder), { items: 500, claims: 100 }));
  return [...found, figuresRow('one JSON file under proper-lockfile, 500 items', few)];
}

const figuresRow = (what: string, { addMs, claimMs, finishMs }: Figures): Row => ({
  what,
  measured: `add ${figure(addMs)} ms, claim ${figure(claimMs)} ms, finish ${figure(finishMs)} ms`,
});
