import type { ReadTx, StateView } from './read-transaction.ts';

/**
 * A state that its holder keeps for as long as they like, exact however many writers commit meanwhile. It costs nothing
 * by itself, but as long as it is open, one old version of each object that changes stays in memory: close it, or
 * declare it with `using`. One that is forgotten is closed when the garbage collector finds it.
 */
export type ReadSnapshot = ReadTx & {
  /** Ends the snapshot; later reads throw `ERR_TX_CLOSED`. Closing it again does nothing. */
  close(): void;
  [Symbol.dispose](): void;
};

/** Makes a snapshot of a transaction that reads a pinned view. */
export function readSnapshot(tx: ReadTx, view: StateView): ReadSnapshot {
  const close = { value: () => view.close() };
  return Object.defineProperties(tx, { close, [Symbol.dispose]: close }) as ReadSnapshot;
}
