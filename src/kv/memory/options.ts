export interface MemoryOptions {
  /** How many of the latest writes `changes` can begin before; 10,000 by default. They are at most 64 MiB together. */
  readonly history?: number | undefined;
}
