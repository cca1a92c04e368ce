import fc from 'fast-check';

/**
 * Runs a property with the repository's settings. `FC_SEED` replays a seed that a failure printed, `FC_RUNS` multiplies
 * the number of runs (a night-long campaign: `FC_RUNS=1000`). `FC_END=first` ends with the first failure, not shrunken.
 */
export function checkProperty<Ts extends [unknown, ...unknown[]]>(
  property: fc.IPropertyWithHooks<Ts>,
  parameters: fc.Parameters<Ts> = {},
): void {
  fc.assert(property, settings(parameters));
}

/** {@link checkProperty} for properties whose predicate is asynchronous. */
export async function checkAsyncProperty<Ts extends [unknown, ...unknown[]]>(
  property: fc.IAsyncPropertyWithHooks<Ts>,
  parameters: fc.Parameters<Ts> = {},
): Promise<void> {
  await fc.assert(property, settings(parameters));
}

function settings<Ts>(parameters: fc.Parameters<Ts>): fc.Parameters<Ts> {
  const seed = process.env['FC_SEED'];
  return {
    endOnFailure: process.env['FC_END'] === 'first',
    ...parameters,
    numRuns: (parameters.numRuns ?? 100) * Number(process.env['FC_RUNS'] ?? 1),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  };
}
