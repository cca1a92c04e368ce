import { kvOptionChecks } from '../api/option-checks.ts';
import { MemoryDriver } from './driver.ts';
import type { KvBackend } from '../backend/driver.ts';

const checks = kvOptionChecks<Record<string, never>>('memory', []);

/**
 * Stores in the memory of this process, for tests and for programs of one process: `createStore('memory')`. Each call
 * opens a new, empty store.
 */
export const memory: KvBackend = {
  name: 'memory',
  open: (_, options) =>
    Promise.resolve().then(() => {
      checks.names(options);
      return new MemoryDriver();
    }),
};
