/** Figures of a member of a log, since it was opened. */
export interface MemberFigures {
  /** The last slot of the log that was taken. */
  readonly slot: number;
  /** The version after that slot. */
  readonly version: number;
  /** Slots up to this one may have been trimmed, as far as the member knows. */
  readonly floor: number;
  /** The slot of the newest snapshot that the member knows; 0 for none. */
  readonly snapshotSlot: number;
  /** Entries that this member wrote. */
  readonly committed: number;
  /** Proposals that found their slot taken by another entry; their transactions were built again. */
  readonly conflicts: number;
  /** Attempts that followed one without a definite answer. */
  readonly repeats: number;
  /** Proposals that were settled by finding their own entry in its slot. */
  readonly foundOwn: number;
  /** Proposals that were settled by the table of the writers in a snapshot. */
  readonly settledByTable: number;
  /** Proposals that ended with `ERR_OUTCOME_UNKNOWN`. */
  readonly unknown: number;
  /** Entries with the id of an earlier one, which were not applied again. 0 in a healthy log: set an alarm on it. */
  readonly repeated: number;
  /** Entries of a term that was over, which had no effect. Members that check their terms write none. */
  readonly skipped: number;
  /** Snapshots that this member published. */
  readonly snapshots: number;
  /** Snapshots that this member made and another one's came before. */
  readonly supersededSnapshots: number;
  /** Snapshots that this member loaded, the one at its start included. */
  readonly loads: number;
  /**
   * Slots at which this member's contents were found to be those of another member. Stays 0 on a member that makes the
   * snapshots alone, and on one without others.
   */
  readonly compared: number;
  /** True while the engine cannot be reached. */
  readonly stale: boolean;
  /** True when the member has stopped: its contents can be read, and nothing else. */
  readonly stopped: boolean;
}
