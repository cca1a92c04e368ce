import { isWholeFrom } from '../../base/options/option-checks.ts';
import { kvOptionChecks } from '../api/option-checks.ts';
import { MemoryDriver } from './driver.ts';
import type { KvBackend } from '../backend/driver.ts';
import type { MemoryOptions } from './options.ts';

const checks = kvOptionChecks<MemoryOptions>('memory', ['history']);

/**
 * Stores in the memory of this process, for tests and for programs of one process: `createStore('memory')`. Each call
 * opens a new, empty store.
 */
export const memory: KvBackend = {
  name: 'memory',
  open: (_, options) => Promise.resolve().then(() => new MemoryDriver(checkedHistory(options))),
};

/** The number of writes whose changes are kept; undefined for the driver's own. */
export function checkedHistory(options: MemoryOptions): number | undefined {
  checks.names(options);
  const { history } = options;
  checks.valid(history === undefined || isWholeFrom(history, 1), 'history', history, 'a whole number of 1 or more');
  return history;
}
