import { afterTurn } from './after-turn.ts';

/**
 * Turns of the event loop, for loops that only await promise jobs. Node runs all promise jobs before the next timer or
 * answer of a socket, so such a loop starves everything else. It therefore asks {@link turnIsDue} in each round, and
 * awaits {@link nextTurn} where it is.
 *
 * The time is counted for the whole process: several loops together take no longer than one.
 */

/** The longest time of promise jobs without a turn of the event loop, in milliseconds. */
const SLICE_MS = 4;

/** When the next turn is due; undefined until a loop asks for the first time since the last turn. */
let sliceEnd: number | undefined;

/** The promise of the next turn, where somebody waits for it. */
let next: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

/** True when the event loop has had no turn for some milliseconds in which a loop ran. Reads the clock. */
export function turnIsDue(): boolean {
  if (sliceEnd !== undefined) return performance.now() >= sliceEnd;
  beginSlice();
  return false;
}

/** Resolves after the event loop has had a turn: timers that are due and answers that are there have been served. */
export function nextTurn(): Promise<void> {
  if (sliceEnd === undefined) beginSlice();
  if (next === undefined) {
    let resolve = (): void => undefined;
    const promise = new Promise<void>((onResolve) => {
      resolve = onResolve;
    });
    next = { promise, resolve };
  }
  return next.promise;
}

function beginSlice(): void {
  sliceEnd = performance.now() + SLICE_MS;
  afterTurn(endSlice);
}

function endSlice(): void {
  sliceEnd = undefined;
  const waiting = next;
  next = undefined;
  waiting?.resolve();
}
