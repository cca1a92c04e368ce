import type { KvOptions } from './calls.ts';

/** A running renewal of a key's ttl, started by `keepAlive`. */
export interface KeepAlive {
  /**
   * Aborts when the key was written or deleted by somebody else, or could not be renewed within its ttl. The reason is
   * a `KvError` with the code `ERR_KV_KEY_MODIFIED` or `ERR_KV_NOT_REACHABLE`.
   */
  readonly lost: AbortSignal;
  /** Ends the renewal. The key then expires unless it is written again. */
  stop(): void;
}

export interface KeepAliveOptions extends KvOptions {
  /** Milliseconds; the ttl that the key was written with. */
  readonly ttl: number;
}
