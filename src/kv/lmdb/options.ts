export interface LmdbOptions {
  /**
   * Milliseconds between two looks for the writes of other processes, while there is a watch; from 1 to 60,000, by
   * default 50. A watch sees the writes of its own process at once, and those of others within some milliseconds
   * where the system tells changes of files.
   */
  readonly pollMs?: number | undefined;
  /**
   * `disk`, the default of a new folder: a write resolves when it is on disk. `process`: it resolves when every process
   * can read it, and may reach the disk after that. A crash of the machine may then take the last writes, not the
   * folder. The package `lmdb` decides when it flushes: release 3.5.6 does so before a write resolves, as with `disk`,
   * so that `process` is no faster. A folder keeps the durability that it was made with: another one is
   * `ERR_KV_INVALID_ARGUMENT`.
   */
  readonly durability?: 'disk' | 'process' | undefined;
  /**
   * Milliseconds for one write, by default 5,000. A write waits while another process writes, also while that process
   * is stopped.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * How many of the latest writes `changes` can begin before; 10,000 by default, and at most 16 MiB of them. Where
   * several processes write, the smallest number counts. A value of more than 16 KiB is told until it is written over.
   */
  readonly history?: number | undefined;
}

/** The options of a driver, with their defaults. */
export interface DriverOptions {
  readonly pollMs: number;
  readonly timeoutMs: number;
  readonly history: number;
}
