import { ChangedRows } from '../../../readable/rows.ts';
import { StoreCopy } from '../../../readable/store-copy.ts';
import type { ReadableStore } from '../../../readable/readable-store.ts';
import type { Redaction } from '../../../readable/redact.ts';
import type { WatchMessage } from '../../../wire/generated/watch.ts';
import { EventJoin } from './event-join.ts';
import { isBehind, listedIndexes, listedRows } from './listing.ts';
import type { Listing } from './listing.ts';

/** Options of a {@link SwarmMirror}. */
export interface MirrorOptions {
  readonly redaction: Redaction;
  /** The number of commits that are kept for `watchFrom`. */
  readonly history: number;
  /** Called where the store did not take a change. The contents have to be listed again. */
  readonly onDiverged: (error: unknown) => void;
}

/** The copy of a swarm's contents: a store for reading, and the ways in for lists and for messages of a watch. */
export class SwarmMirror {
  readonly #copy: StoreCopy;
  readonly #join: EventJoin;
  readonly #redaction: Redaction;

  constructor({ redaction, history, onDiverged }: MirrorOptions) {
    this.#redaction = redaction;
    this.#join = new EventJoin(redaction);
    this.#copy = new StoreCopy({ history, onDiverged });
  }

  get store(): ReadableStore {
    return this.#copy.store;
  }

  /** True once the store has the contents of a listing. */
  get filled(): boolean {
    return this.#copy.filled;
  }

  /** See {@link EventJoin.index}. */
  get index(): number | undefined {
    return this.#join.index;
  }

  /** True where the listing is older than the contents. */
  isBehind(listing: Listing): boolean {
    return isBehind(listing, new ChangedRows(this.store));
  }

  /**
   * Replaces the contents by a listing and the messages that came since before it was made, as one commit of the
   * difference. Contents that stay equal give no commit, but for the first ones. O(objects).
   */
  replace(listing: Listing, messages: readonly WatchMessage[]): void {
    const rows = listedRows(listing, new ChangedRows(this.store), this.#redaction);
    this.#join.restart(listedIndexes(listing), rows, this.store.save());
    for (const message of messages) this.#join.join(message, rows);
    if (!this.filled || !rows.equals(this.store)) this.#copy.restore(rows);
  }

  /** Applies a message as one commit. A message that changes nothing gives none. O(events). */
  take(message: WatchMessage): void {
    const actions = this.#join.join(message, new ChangedRows(this.store));
    if (actions.length > 0) this.#copy.apply(actions);
  }

  /** The kinds of resources that exist, or that a known extension registers. O(resources). */
  resourceKinds(): ReadonlySet<string> {
    const { extensions, resources } = this.store.save();
    return new Set([...extensions.map(({ annotations }) => annotations.name), ...resources.map(({ kind }) => kind)]);
  }

  stale(reason: unknown): void {
    this.#copy.stale(reason);
  }

  live(): void {
    this.#copy.live();
  }

  close(): Promise<void> {
    return this.#copy.close();
  }
}
