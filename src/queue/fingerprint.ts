import { createHash } from 'node:crypto';
import type { WorkItem } from './work-item.ts';

/** What a definition asks for, in 64 hex digits: two differ where one of them asks for something else. When it was added does not count. */
export const fingerprintOf = (item: WorkItem): string =>
  createHash('sha256')
    .update(JSON.stringify({ ...item, added: '' }))
    .digest('hex');
