import type { KvBackend } from '../backend/driver.ts';
import { MemoryDriver } from './driver.ts';

/**
 * A store in the memory of this process, for tests and for programs of one process: `createStore('memory')`. Each call
 * makes another one.
 */
export const memory: KvBackend = {
  name: 'memory',
  open: () => Promise.resolve(new MemoryDriver()),
};
