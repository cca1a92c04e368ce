/**
 * Another member of the log, in a process of its own: tells when it had each node. Times are those of the system's
 * monotonic clock, which all processes share.
 */
import { createStore } from 'swarmstate/kv';
import { openStore } from 'swarmstate/replicated';
import { followNodes } from './followed-nodes.ts';
import type { SeenNodes } from './followed-nodes.ts';

const [backend = '', options = '{}', ...endpoints] = process.argv.slice(2);
const kv = await createStore(backend, endpoints, JSON.parse(options) as object);
const store = await openStore({ kv, prefix: 'log' });
const seen = followNodes(store);
process.on('disconnect', () => process.exit());
process.on('message', () => {
  void store.barrier().then(() => process.send?.(seen.taken() satisfies SeenNodes));
});
process.send?.('open');
