/** The place in the log up to which a member has taken the entries. */
export interface Position {
  /** The last slot that was taken. */
  readonly slot: number;
  /** The version after it. */
  readonly version: number;
  /** The hash of the log up to and including that slot. */
  readonly chain: Uint8Array;
}
