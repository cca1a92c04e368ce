/**
 * The contract of a backend of `swarmstate/kv`, as checks that a test of one runs.
 *
 * @module swarmstate/testing/kv
 */
export type { ContractContext } from './testing/kv/contract.ts';
export {
  atomicCalls,
  concurrentWriters,
  keysAtTheEdge,
  listing,
  putGetDeleteExists,
  transactions,
  values,
} from './testing/kv/call-checks.ts';
export { aborting, closing, timeToLive, watching, watchingTrees } from './testing/kv/watch-checks.ts';
