/**
 * The benchmarks, in the order in which they run. Apart from them, because naming them must not need the built package.
 */
export const suiteNames: readonly string[] = [
  'startup',
  'tasks',
  'nodes',
  'writes',
  'watch',
  'snapshots',
  'saving',
  'restoring',
];
