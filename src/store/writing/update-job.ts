import type { Tx } from '../transaction/tx.ts';

/** An update that waits for the write lock, or whose transaction is being decided. */
export interface UpdateJob {
  readonly callback: (tx: Tx) => unknown;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly callSite: string | undefined;
}
