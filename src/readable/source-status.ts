/**
 * The status of a store that follows a source: a server, or the managers of a swarm.
 *
 * - `connecting`: the source has not answered yet;
 * - `syncing`: the contents are being read; the store has none yet, or those from before;
 * - `live`: the store follows the source;
 * - `stale`: the source cannot be followed now; the contents stay as they were, and attempts go on;
 * - `closed`: closed by its user, for good.
 */
export type SourceStatus = 'connecting' | 'syncing' | 'live' | 'stale' | 'closed';

/** A change of status. */
export interface SourceStatusChange {
  readonly status: SourceStatus;
  /** The error behind `stale`, which says what to do; undefined for the others. */
  readonly reason: unknown;
}

/** An attempt to follow a source that failed. */
export interface SourceRetry {
  /** The error says what to do. */
  readonly error: unknown;
  /** The number of failed attempts in a row. */
  readonly failures: number;
  /** Milliseconds until the next attempt. */
  readonly delayMs: number;
}

/** The events of a store that follows a source, by name. */
export interface SourceEvents {
  readonly status: SourceStatusChange;
  readonly retry: SourceRetry;
}
