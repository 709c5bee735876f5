import type { Finding, Reason } from './agent.ts';

/** Ends an attempt with a finding, from anywhere below. */
export class Broken extends Error {
  readonly finding: Finding;

  constructor(reason: Reason, text: string) {
    super(text);
    this.finding = { reason, text };
  }
}
