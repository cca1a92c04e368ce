import type { ReadSnapshot, ReadTx } from '../transaction/tx.ts';
import type { StateView } from './state-view.ts';

/** Makes a snapshot of a transaction that reads a pinned view. */
export function readSnapshot(tx: ReadTx, view: StateView): ReadSnapshot {
  const close = { value: () => view.close() };
  return Object.defineProperties(tx, { close, [Symbol.dispose]: close }) as ReadSnapshot;
}
