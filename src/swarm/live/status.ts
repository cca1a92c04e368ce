/**
 * The status of a followed swarm:
 *
 * - `connecting`: no manager has answered yet;
 * - `syncing`: the contents are being listed; the store has none yet, or those from before;
 * - `live`: the store follows the swarm;
 * - `stale`: no manager can be followed now; the contents stay as they were, and attempts go on;
 * - `closed`: closed by its user, for good.
 */
export type SwarmStatus = 'connecting' | 'syncing' | 'live' | 'stale' | 'closed';

/** A change of status. */
export interface SwarmStatusChange {
  readonly status: SwarmStatus;
  /** The error behind `stale`, which says what to do; undefined for the others. */
  readonly reason: unknown;
}

/** An attempt to follow a manager that failed. */
export interface SwarmRetry {
  /** The error says what to do. */
  readonly error: unknown;
  /** The number of failed attempts in a row. */
  readonly failures: number;
  /** Milliseconds until the next attempt. */
  readonly delayMs: number;
}

/** The events of a followed swarm, by name. */
export interface SwarmEvents {
  readonly status: SwarmStatusChange;
  readonly retry: SwarmRetry;
}
