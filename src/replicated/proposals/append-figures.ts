/** Figures of the proposals of a member. */
export class AppendFigures {
  /** Entries that this member wrote. */
  committed = 0;
  /** Proposals that found their slot taken by another member. */
  conflicts = 0;
  /** Attempts after one without a definite answer. */
  repeats = 0;
  /** Proposals that were settled by finding their own entry in its slot. */
  foundOwn = 0;
  /** Proposals that were settled by the table of writers in a snapshot. */
  settledByTable = 0;
  /** Proposals that ended with `ERR_OUTCOME_UNKNOWN`. */
  unknown = 0;
}
