import { codeOf, HarnessError, messageOf } from '../errors.ts';
import type { Finding, Reason } from './agent.ts';

/** Ends an attempt with a finding, from anywhere below. */
export class Broken extends Error {
  readonly finding: Finding;

  constructor(reason: Reason, text: string) {
    super(text);
    this.finding = { reason, text };
  }
}

/** What an error means for an attempt: the machine's fault, or one of ours. */
export function findingOf(error: unknown): Finding {
  if (error instanceof Broken) return error.finding;
  const isMachine = error instanceof HarnessError ? error.trouble === 'environment' : isOfMachine(error);
  return { reason: isMachine ? 'machine' : 'internal', text: messageOf(error) };
}

/** What a full or broken disk, or a machine without room, answers to any call: no item causes it. */
const OF_MACHINE = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM']);
const isOfMachine = (error: unknown): boolean => OF_MACHINE.has(codeOf(error) ?? '');

/** Why an attempt was told to end. */
export function abortFinding(abort: AbortSignal): Finding {
  const given: unknown = abort.reason;
  const isFinding = typeof given === 'object' && given !== null && 'reason' in given && 'text' in given;
  return isFinding ? (given as Finding) : { reason: 'interrupted', text: 'the run was stopped' };
}
