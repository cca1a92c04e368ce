/** One thing that has to hold for the whole repository. */
export interface Check {
  /** The argument of `npm run check -- NAME` that selects this check. */
  readonly name: string;
  /** The subject of the check, in a few words. */
  readonly about: string;
  /** Resolves to the problems, each with its place (`file:line`) and the way out; to an empty list when all is well. */
  run(): Promise<readonly string[]>;
  /**
   * Renews the committed files that the check compares with (`npm run check -- NAME --write`). Absent where the check
   * has none.
   */
  write?(): Promise<void>;
  /** Resolves to lines for people, printed when the check is named; to all of them with `--list`, else to a summary. */
  notes?(all: boolean): Promise<readonly string[]>;
}
