/** The part of lmdb-js that is used. Its own types are not imported: programs of other backends compile without it. */
export interface LmdbModule {
  open(path: string, options: object): LmdbDatabase;
}

export interface LmdbRange {
  readonly start: Uint8Array;
  /** The first key behind the range. */
  readonly end: Uint8Array;
  readonly limit?: number | undefined;
  /** True goes from `start` down to `end`, which is then the last key in front of the range. */
  readonly reverse?: boolean;
}

/** A state of the database that is kept until `done`. */
export interface LmdbTransaction {
  done(): void;
}

interface LmdbReadOptions {
  readonly transaction?: LmdbTransaction | undefined;
}

export interface LmdbDatabase {
  get(key: Uint8Array, options?: LmdbReadOptions): Uint8Array | undefined;
  getKeys(range: LmdbRange): Iterable<Uint8Array>;
  getRange(range: LmdbRange & LmdbReadOptions): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }>;
  putSync(key: Uint8Array, value: Uint8Array): void;
  removeSync(key: Uint8Array): boolean;
  /** Runs `action` in the next write transaction. If it throws, its writes are rolled back. */
  childTransaction<T>(action: () => T): Promise<T>;
  readonly flushed: PromiseLike<unknown>;
  resetReadTxn(): void;
  useReadTransaction(): LmdbTransaction;
  readerCheck(): number;
  close(): Promise<void>;
}
