/**
 * The status of a store that is followed over the network:
 *
 * - `connecting`: the server has not answered yet;
 * - `syncing`: the contents are being read; the store has none yet, or those from before;
 * - `live`: the store follows the server's;
 * - `stale`: the server cannot be followed now; the contents stay as they were, and attempts go on;
 * - `closed`: closed by its user, for good.
 */
export type RemoteStatus = 'connecting' | 'syncing' | 'live' | 'stale' | 'closed';

/** A change of status. */
export interface RemoteStatusChange {
  readonly status: RemoteStatus;
  /** The error behind `stale`, which says what to do; undefined for the others. */
  readonly reason: unknown;
}

/** An attempt to follow a server that failed. */
export interface RemoteRetry {
  /** The error says what to do. */
  readonly error: unknown;
  /** The number of failed attempts in a row. */
  readonly failures: number;
  /** Milliseconds until the next attempt. */
  readonly delayMs: number;
}

/** The events of a store that is followed over the network, by name. */
export interface RemoteEvents {
  readonly status: RemoteStatusChange;
  readonly retry: RemoteRetry;
}
