import type { VersionInput } from '../wire/generated/common.ts';

/** Options of a call that waits for the turn to write. */
export interface WriteOptions {
  /** Gives up waiting for the turn: the call rejects with `signal.reason`, and nothing happened. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a replay. */
export interface ReplayOptions {
  /** The version of the entry, which its commit carries. */
  readonly version?: VersionInput | undefined;
}
