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

/** Calls between two looks at the clock. Reading the clock would be a good part of a call that takes a microsecond. */
const CALLS_PER_LOOK = 16;

/** Changes that count as another call: transactions with many changes take long. */
const CHANGES_PER_CALL = 8;

/** The calls since the last look at the clock. */
let calls = 0;

/** True while a call waits for a turn: later calls wait too, so that they do not overtake it. */
let callsWait = false;

/** Counts the changes of a transaction for {@link turnIsDueAfterCall}. */
export function countChanges(changes: number): void {
  calls += changes / CHANGES_PER_CALL;
}

/**
 * {@link turnIsDue} for calls that may take microseconds. False for the first calls after a turn, however long they
 * take. So a program that starts a few writes, and awaits them one by one, sees no turn in between.
 */
export function turnIsDueAfterCall(): boolean {
  if (callsWait) return true;
  calls += 1;
  if (calls < CALLS_PER_LOOK) return false;
  calls = 0;
  callsWait = turnIsDue();
  return callsWait;
}

/** True while a loop waits for the next turn: what it does is not over when the promise jobs are. */
export function turnIsAwaited(): boolean {
  return next !== undefined;
}

/** Resolves to `value`, after a turn of the event loop where one is due. */
export function afterDueTurn<T>(value: T): Promise<T> {
  return turnIsDueAfterCall() ? nextTurn().then(() => value) : Promise.resolve(value);
}

/** Rejects with `error`, whatever it is, after a turn of the event loop where one is due. */
export function rejectedAfterDueTurn(error: unknown): Promise<never> {
  if (!turnIsDueAfterCall()) return Promise.reject(error);
  return nextTurn().then(() => Promise.reject(error));
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
  calls = 0;
  callsWait = false;
  const waiting = next;
  next = undefined;
  waiting?.resolve();
}
