/** What is used of lmdb-js. Its own types are not, so that programs of other backends compile without it. */
export interface LmdbModule {
  open(path: string, options: object): LmdbDatabase;
}

export interface LmdbDatabase {
  get(key: Uint8Array): Uint8Array | undefined;
  getRange(options: {
    readonly start: Uint8Array;
    readonly end?: Uint8Array;
  }): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }>;
  putSync(key: Uint8Array, value: Uint8Array): void;
  removeSync(key: Uint8Array): boolean;
  transaction<T>(action: () => T): Promise<T>;
  readonly flushed: Promise<unknown>;
  resetReadTxn(): void;
  readerCheck(): number;
  close(): Promise<void>;
}
