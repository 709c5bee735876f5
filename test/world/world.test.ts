import { expect, test } from 'vitest';
import { World } from './world.ts';
import type { Mistake } from './world.ts';

const TICKS = 10_000;

/** Ticks with faults, then without until everything is over; what broke on the way. */
function live(seed: number, mistake?: Mistake) {
  const world = new World(seed, { mistake });
  let added = 0;
  for (let tick = 0; tick < TICKS; tick++) {
    if (tick % 120 === 0) world.add(`i${added++}`);
    world.tick();
  }
  world.isFaulty = false;
  const healedAt = world.ticks;
  while (!world.isAllOver && world.ticks < healedAt + 20_000) world.tick();
  const left = [...world.items.values()].filter(({ place }) => place !== 'done' && place !== 'failed');
  const done = [...world.items.values()].filter(({ place }) => place === 'done');
  return { world, left, done, broken: [...new Set(world.broken)] };
}

test('10,000 ticks of crashes, deaths, limits and sleep: nothing breaks, and all is over when they stop', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { left, broken, done, world } = live(seed);
    expect({ seed, broken, left: left.map(({ id }) => id) }).toEqual({ seed, broken: [], left: [] });
    expect(done.every(({ id }) => world.landed.get(id)?.length === 1)).toBe(true);
    expect(done.length / world.items.size).toBeGreaterThan(0.8);
  }
});

test('an empty queue for a day of ticks makes no model call, with all its faults and without', () => {
  for (const isFaulty of [true, false]) {
    const world = new World(1);
    world.isFaulty = isFaulty;
    for (let tick = 0; tick < 86_400; tick++) world.tick();
    expect({ turns: world.turns, broken: world.broken }).toEqual({ turns: 0, broken: [] });
    world.add('late');
    for (let tick = 0; tick < 600; tick++) world.tick();
    expect(world.turns).toBeGreaterThan(0);
  }
});

test('the seed decides all of it', () => {
  const trace = (seed: number) => {
    const { world } = live(seed);
    return JSON.stringify([world.ticks, [...world.items.values()], [...world.landed]]);
  };
  expect(trace(3)).toBe(trace(3));
  expect(trace(3)).not.toBe(trace(4));
});

test.each<[Mistake, RegExp]>([
  ['double claim', /landed \d times|agents work on/],
  ['lost outcome', /never over/],
  ['restart storm', /was restarted \d+ times within the window/],
  ['resumed and given back', /which is pending|agents work on|landed \d times/],
])('a planted %s is caught within a few seeds', (mistake, what) => {
  const caught = [1, 2, 3, 4, 5].some((seed) => {
    const { broken, left } = live(seed, mistake);
    return [...broken, ...left.map(({ id }) => `${id} is never over`)].some((one) => what.test(one));
  });
  expect(caught).toBe(true);
});
