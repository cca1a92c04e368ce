import { Pacer } from './pacer.ts';

/** The states that running calls of {@link longWork} work on. */
const states = new Set<object>();

/** Removes the state of a call that nobody can end any more. */
const forgottenCalls = new FinalizationRegistry<object>((entry) => states.delete(entry));

/**
 * Does long work on a large state, in slices. Rejects with what `work` rejects with, and with the signal's reason.
 *
 * A module variable leads to the state while the work runs, so that V8 never ends a cycle of marking before it has seen
 * the state (see docs/performance/v8.md#states-under-way). The variable lets go of the state when the call itself is
 * garbage. O(1).
 */
export async function longWork<T>(
  state: object,
  signal: AbortSignal | undefined,
  work: (pacer: Pacer) => Promise<T>,
): Promise<T> {
  const entry = { state };
  // Nothing but this call refers to `call`.
  const call = {};
  forgottenCalls.register(call, entry, call);
  states.add(entry);
  try {
    return await work(new Pacer(signal));
  } finally {
    states.delete(entry);
    forgottenCalls.unregister(call);
  }
}
