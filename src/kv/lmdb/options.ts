export interface LmdbOptions {
  /**
   * Milliseconds between two looks for the writes of other processes, while there is a watch; from 1 to 60,000, by
   * default 50. A watch sees the writes of its own process at once.
   */
  readonly pollMs?: number | undefined;
}
