import { MAX_CHANGES_PER_TRANSACTION } from '../../model/constants.ts';
import type { Commit } from '../../model/events.ts';
import type { StoreActionInput } from '../../wire/generated/raft.ts';
import type { StoreSnapshotInput } from '../../wire/generated/snapshot.ts';
import type { Kind, KindInputs } from '../../wire/generated/kinds.ts';
import { InternalRaftRequest } from '../../wire/generated/raft.ts';
import { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import { Changes } from './changes.ts';
import type { Origin } from './changes.ts';
import { Contents } from './contents.ts';
import { kinds, tableNames } from './kinds.ts';
import { modelTx } from './model-tx.ts';
import type { ModelTx } from './model-tx.ts';
import { replayActions, replayEvents, restoreKind } from './replay.ts';

/** The handle of a {@link ModelStore.batch}. */
export interface ModelBatch {
  /** One step, atomic. */
  update<R>(callback: (tx: ModelTx) => R): R;
}

/**
 * The behaviour of a `MemoryStore` without versions, as a plain program. Contents are maps, a transaction begins with a
 * copy of all objects, and finders are filters. The model is slow and synchronous: a call has taken effect when it
 * returns, and throws where the store would reject. Use the model for the expectations of a test.
 *
 * Each call is one transaction, which appends its commit to {@link commits} unless nothing changed.
 */
export class ModelStore {
  /** Every commit so far. */
  readonly commits: Commit[] = [];
  readonly #onCommit: ((commit: Commit, contents: Contents) => void) | undefined;
  #contents = new Contents();
  /** The open transaction of the running batch, between its steps. */
  #open: Changes | undefined;

  /** `onCommit` is called with each commit and the state after it. */
  constructor(onCommit?: (commit: Commit, contents: Contents) => void) {
    this.#onCommit = onCommit;
  }

  /** The committed contents. A later transaction replaces this object and does not change it. */
  get contents(): Contents {
    return this.#contents;
  }

  update<R>(callback: (tx: ModelTx) => R): R {
    this.#commitOpen();
    const changes = this.#begin('write');
    const value = callback(modelTx(changes));
    this.#commit(changes);
    return value;
  }

  /**
   * Runs steps in transactions of about 200 changes. Another write between two steps commits the open transaction, as a
   * store's batch does for a waiting writer.
   */
  batch<R>(callback: (batch: ModelBatch) => R): R {
    this.#commitOpen();
    try {
      const value = callback({ update: (step) => this.#step(step) });
      this.#commitOpen();
      return value;
    } finally {
      this.#open = undefined;
    }
  }

  restore(snapshot: StoreSnapshotInput): void {
    this.#replay('copy', (changes) => {
      const canonical = StoreSnapshot.from(snapshot);
      for (const kind of kinds) restoreKind(changes, kind, canonical[tableNames[kind]] as readonly never[]);
    });
  }

  restoreTable<K extends Kind>(kind: K, objects: readonly KindInputs[K][]): void {
    this.#replay('copy', (changes) => {
      const canonical = StoreSnapshot.from({ [tableNames[kind]]: objects });
      restoreKind(changes, kind, canonical[tableNames[kind]] as readonly never[]);
    });
  }

  applyStoreActions(actions: readonly StoreActionInput[]): void {
    this.#replay('log', (changes) => replayActions(changes, InternalRaftRequest.from({ action: actions }).action));
  }

  apply(commit: Pick<Commit, 'events'>): void {
    this.#replay('copy', (changes) => replayEvents(changes, commit.events));
  }

  #replay(origin: Origin, work: (changes: Changes) => void): void {
    this.#commitOpen();
    const changes = this.#begin(origin);
    work(changes);
    this.#commit(changes);
  }

  #step<R>(callback: (tx: ModelTx) => R): R {
    const before = this.#open ?? this.#begin('write');
    this.#open = before;
    const changes = new Changes(before.contents.copy(), 'write');
    changes.events.push(...before.events);
    const value = callback(modelTx(changes));
    this.#open = changes;
    if (changes.events.length >= MAX_CHANGES_PER_TRANSACTION) this.#commitOpen();
    return value;
  }

  #begin(origin: Origin): Changes {
    return new Changes(this.#contents.copy(), origin);
  }

  #commitOpen(): void {
    const changes = this.#open;
    this.#open = undefined;
    if (changes !== undefined) this.#commit(changes);
  }

  #commit(changes: Changes): void {
    this.#contents = changes.contents;
    if (changes.events.length === 0) return;
    const commit: Commit = { events: changes.events };
    this.commits.push(commit);
    this.#onCommit?.(commit, changes.contents);
  }
}
