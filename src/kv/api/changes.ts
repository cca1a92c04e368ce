import type { KvOptions, KvStoredPair, KvWatcher } from './calls.ts';

/** A change of a key, as `changes` tells it. The changes of one transaction have the same revision. */
export type KvChange =
  | {
      readonly type: 'put';
      readonly key: string;
      readonly pair: KvStoredPair;
      /** The revision of the store after the change; of a put also the `lastIndex` of its pair. */
      readonly revision: bigint;
    }
  | { readonly type: 'delete'; readonly key: string; readonly pair?: undefined; readonly revision: bigint };

export interface KvChangesOptions extends KvOptions {
  /** The changes after this revision are told. Without it: those after the call. */
  readonly from?: bigint | undefined;
}

/**
 * Every change below a prefix, in order. The stream ends normally when it or its store is closed. In every other case
 * it rejects with the cause; it never stops silently, and never leaves a change out.
 */
export interface KvChanges extends KvWatcher<KvChange> {
  /**
   * The revision after which the changes begin: `from`, or the revision of the store at the call. Rejects with the
   * error of a stream that could not begin.
   */
  readonly started: Promise<bigint>;
  /**
   * The latest revision whose changes have all been read; undefined before the stream has begun. To go on later, pass
   * it as `from`.
   */
  readonly seen: bigint | undefined;
}

/** The pairs below a prefix at one moment, one by one. Closing the stream frees what keeps the moment. */
export interface KvPairs extends KvWatcher<KvStoredPair> {
  /**
   * The revision of the store at that moment: `changes` from it tells what has changed since. Rejects with the error of
   * a stream that could not begin.
   */
  readonly revision: Promise<bigint>;
}
