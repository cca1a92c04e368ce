/** What work that is under way is done on. */
const states = new Set<object>();
/** Takes out what nobody can end any more. */
const calls = new FinalizationRegistry<object>((entry) => states.delete(entry));

/**
 * Does long work on a state that may be large, to which a variable of this module leads meanwhile; not for longer than
 * somebody can still end it. O(1).
 *
 * Else nothing may lead to it but promises that are as new as the last turn of the loop, and those V8's marking threads
 * leave to the loop's own. A cycle of marking that begins then has them done before they have seen the state; the first
 * step of the loop's own takes that for the end of the cycle, and all that is left is marked at once, a second or more
 * for some gigabytes (Node 20: one cycle in twenty).
 */
export async function keptReachable<T>(state: object, work: () => Promise<T>): Promise<T> {
  const entry = { state };
  // Nothing but this call has it.
  const call = {};
  calls.register(call, entry, call);
  states.add(entry);
  try {
    return await work();
  } finally {
    states.delete(entry);
    calls.unregister(call);
  }
}
