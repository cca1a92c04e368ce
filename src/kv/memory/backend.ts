import type { KvBackend } from '../backend/driver.ts';
import { MemoryDriver } from './driver.ts';

/**
 * Stores in the memory of this process, for tests and for programs of one process: `createStore('memory')`. Each call
 * opens a new, empty store.
 */
export const memory: KvBackend = {
  name: 'memory',
  open: () => Promise.resolve(new MemoryDriver()),
};
