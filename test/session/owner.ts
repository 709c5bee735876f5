import { readFileSync } from 'node:fs';
import { Session } from '../../src/session/session.ts';

/** Opens the session that a file describes, says so when a tool of it runs, and waits to be killed. */
const setup = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const session = await Session.open(setup, (event) => {
  if (event.is === 'assistant') setTimeout(() => process.stdout.write('running\n'), 200);
});
await session.turn('[[bash:sleep 300]]');
