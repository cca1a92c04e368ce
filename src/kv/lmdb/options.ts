export interface LmdbOptions {
  /**
   * Milliseconds between two looks at what other processes wrote, while something is watched. 50 where not given. Own
   * writes are told at once.
   */
  readonly pollMs?: number | undefined;
}
