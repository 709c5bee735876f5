import { Sampler } from '../../src/coordinator/sampler.ts';
import { parseLine } from '../../src/session/parse.ts';

/** A process that handles events as a coordinator does, and measures itself as one in a soak: what it leaks is in its environment. */

const sampler = Sampler.of(process.env);
const lines = Array.from({ length: 50 }, (_, n) =>
  JSON.stringify({
    type: 'stream_event',
    event: { type: 'content_block_delta', delta: { text: `word ${n}` } },
  }),
);

for (let batch = 0; batch < 90; batch++) {
  for (let event = 0; event < 2_000; event++) {
    parseLine({ is: 'line', text: lines[event % lines.length] ?? '' });
    sampler?.count();
  }
  sampler?.take();
}
sampler?.close();
