import { join } from 'node:path';
import { monotonicMs } from '../clock.ts';
import { EventsFile } from './events-file.ts';
import { notesOf, promptNote, turnNote } from './notes.ts';
import type { Message, SessionEvent } from './protocol.ts';
import { hearTools, NO_TOOLS } from './running-tools.ts';
import type { RunningTool, RunningTools } from './running-tools.ts';
import type { Exit, TurnEnd } from './turn.ts';

interface Carrier {
  session: string;
  pid: number;
  resumed: boolean;
}

/** What a session's process says and is told, kept for those who watch; and which tools run now. */
export class Diary {
  #file: EventsFile;
  #tools: RunningTools = NO_TOOLS;

  /** `folder`: where `events.ndjson` is. */
  constructor(folder: string, carrier: Carrier) {
    this.#file = new EventsFile(join(folder, 'events.ndjson'));
    this.#file.add({ is: 'session', ...carrier });
  }

  /** The tools that run now. */
  get tools(): RunningTools {
    return this.#tools;
  }

  hear(event: SessionEvent): void {
    const now = monotonicMs();
    if (event.is === 'delta') {
      if (event.of === 'text' && !event.nested) this.#file.stream(event.text);
      return;
    }
    for (const note of notesOf(event, this.#tools, now)) this.#file.add(note);
    this.#tools = hearTools(this.#tools, event, now);
  }

  told(message: Message): void {
    this.#file.add(promptNote(message));
  }

  /** A tool was stopped because it printed nothing for too long. */
  stopped({ id, name, startedMs }: RunningTool): void {
    this.#file.add({ is: 'tool-stopped', id, name, ms: Math.round(monotonicMs() - startedMs) });
  }

  turnEnded(end: TurnEnd): void {
    this.#file.add(turnNote(end));
  }

  ended({ code, signal }: Exit): void {
    this.#tools = NO_TOOLS;
    this.#file.add({ is: 'ended', cause: signal ?? `exit code ${code}` });
    this.#file.close();
  }
}
