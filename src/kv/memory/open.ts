import type { KvStore } from '../api/kv-store.ts';
import { DriverStore } from '../store/driver-store.ts';
import { checkedHistory, memory } from './backend.ts';
import { MemoryDriver } from './driver.ts';
import type { MemoryOptions } from './options.ts';

/**
 * Opens a new, empty store in the memory of this process: `createStore('memory')` without the other backends, which a
 * bundler then leaves out.
 *
 * @example
 * ```ts
 * import { openMemoryStore } from 'swarmstate/kv/memory';
 *
 * const kv = openMemoryStore();
 * await kv.put('config/mode', new TextEncoder().encode('on'));
 * await kv.close();
 * ```
 */
export function openMemoryStore(options: MemoryOptions = {}): KvStore {
  return new DriverStore(memory.name, new MemoryDriver(checkedHistory(options)), false);
}
