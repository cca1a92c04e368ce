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
  listingEverything,
  putGetDeleteExists,
  transactions,
  values,
} from './testing/kv/call-checks.ts';
export {
  changesAtTheEdge,
  changesWhileWriting,
  everyChange,
  indexesOfTheStore,
  refusals,
} from './testing/kv/change-checks.ts';
export {
  deletingRanges,
  listingRanges,
  readingAtOneMoment,
  statedLimits,
  streamingPairs,
} from './testing/kv/range-checks.ts';
export { unknownOptions, wrongNumbers, wrongParts } from './testing/kv/argument-checks.ts';
export { aborting, abortingOnTheWay } from './testing/kv/abort-checks.ts';
export { closing, timeToLive, watching, watchingTrees, watchingWhileWriting } from './testing/kv/watch-checks.ts';
export { electing, locking, losingLocks } from './testing/kv/lock-checks.ts';
