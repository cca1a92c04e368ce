import { foldCase } from '../../../base/text/fold-case.ts';
import { byName, byKind } from '../../../model/find/finders.ts';
import { StoreActionKind } from '../../../wire/generated/enums.ts';
import type { StoreAction } from '../../../wire/generated/raft.ts';
import type { WatchMessage } from '../../../wire/generated/watch.ts';
import { makeReadableStore } from '../../../readable/readable-store.ts';
import type { ReadableParts, ReadableStore } from '../../../readable/readable-store.ts';
import type { Redaction } from '../../../readable/redact.ts';
import { CommitLog } from '../../../readable/copy/commit-log.ts';
import { EventJoin } from './event-join.ts';
import { isBehind, listedIndexes, listedRows } from './listing.ts';
import type { Listing } from './listing.ts';
import { ChangedRows, WholeRows } from '../../../readable/copy/rows.ts';

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
  readonly #parts: ReadableParts;
  readonly #log: CommitLog;
  readonly #join: EventJoin;
  readonly #options: MirrorOptions;
  #filled = false;

  constructor(options: MirrorOptions) {
    this.#options = options;
    this.#log = new CommitLog(options.history);
    this.#join = new EventJoin(options.redaction);
    this.#parts = makeReadableStore(this.#log);
  }

  get store(): ReadableStore {
    return this.#parts.store;
  }

  /** True once the store has the contents of a listing. */
  get filled(): boolean {
    return this.#filled;
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
    const rows = listedRows(listing, new ChangedRows(this.store), this.#options.redaction);
    this.#join.restart(listedIndexes(listing), rows, this.store.save());
    for (const message of messages) this.#join.join(message, rows);
    if (this.#filled && rows.equals(this.store)) return;
    this.#filled = true;
    this.#restore(rows);
  }

  /** Applies a message as one commit. A message that changes nothing gives none. O(events). */
  take(message: WatchMessage): void {
    const actions = this.#join.join(message, new ChangedRows(this.store));
    if (actions.length === 0) return;
    if (actions.some((action) => this.#breaksRule(action, actions))) {
      const rows = WholeRows.of(this.store);
      for (const action of actions) setRow(rows, action);
      this.#restore(rows);
      return;
    }
    this.#settle(this.#parts.replica.apply(actions, this.#log.append(actions)));
  }

  /** The kinds of resources that exist, or that a known extension registers. O(resources). */
  resourceKinds(): ReadonlySet<string> {
    const { extensions, resources } = this.store.save();
    return new Set([...extensions.map(({ annotations }) => annotations.name), ...resources.map(({ kind }) => kind)]);
  }

  stale(reason: unknown): void {
    this.#parts.replica.stale(reason);
  }

  live(): void {
    this.#parts.replica.live();
  }

  close(): Promise<void> {
    return this.#parts.close();
  }

  #restore(rows: WholeRows): void {
    this.#settle(this.#parts.replica.restore(rows.snapshot(), this.#log.reset()));
  }

  #settle(applied: Promise<void>): void {
    void applied.catch((error: unknown) => {
      if (!this.#parts.closed.aborted) this.#options.onDiverged(error);
    });
  }

  /**
   * True for a change that a log entry may not make: a resource of an unknown extension, or the removal of an extension
   * with resources. The copy does not know all extensions.
   */
  #breaksRule({ action, extension, resource }: StoreAction, actions: readonly StoreAction[]): boolean {
    if (extension !== undefined) {
      if (action === StoreActionKind.CREATE) return false;
      if (action === StoreActionKind.UPDATE) return true;
      return this.store.view((tx) => tx.resources.count(byKind(extension.annotations.name))) > 0;
    }
    if (resource === undefined || action === StoreActionKind.REMOVE) return false;
    const created = actions.some(
      (other) => foldCase(other.extension?.annotations.name ?? '') === foldCase(resource.kind),
    );
    return !created && this.store.view((tx) => tx.extensions.count(byName(resource.kind))) === 0;
  }
}

function setRow(rows: WholeRows, action: StoreAction): void {
  const { action: sort, ...targets } = action;
  for (const [kind, object] of Object.entries(targets) as [keyof typeof targets, { readonly id: string }][])
    rows.set(kind, object.id, sort === StoreActionKind.REMOVE ? undefined : (object as never));
}
