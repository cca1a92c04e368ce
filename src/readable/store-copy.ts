import { foldCase } from '../base/text/fold-case.ts';
import { byKind, byName } from '../model/find/finders.ts';
import { StoreActionKind } from '../wire/generated/enums.ts';
import type { Version } from '../wire/generated/common.ts';
import type { StoreAction } from '../wire/generated/raft.ts';
import { makeReadableStore } from './readable-store.ts';
import type { ReadableParts, ReadableStore } from './readable-store.ts';
import { CommitLog } from './commit-log.ts';
import { WholeRows } from './rows.ts';

/** Options of a {@link StoreCopy}. */
export interface CopyOptions {
  /** The number of commits that are kept for `watchFrom`. */
  readonly history: number;
  /** Called where the store did not take a change. The contents have to be read from the source again. */
  readonly onDiverged: (error: unknown) => void;
}

/** A store for reading with the contents of a source, and the ways in for contents and commits of that source. */
export class StoreCopy {
  readonly #parts: ReadableParts;
  readonly #log: CommitLog;
  readonly #onDiverged: (error: unknown) => void;
  #filled = false;

  constructor({ history, onDiverged }: CopyOptions) {
    this.#log = new CommitLog(history);
    this.#parts = makeReadableStore(this.#log);
    this.#onDiverged = onDiverged;
  }

  get store(): ReadableStore {
    return this.#parts.store;
  }

  /** True once the store has had contents of the source. */
  get filled(): boolean {
    return this.#filled;
  }

  /** Replaces the contents by `rows`, as one commit of the difference that is marked `reset`. O(rows). */
  restore(rows: WholeRows, source?: Version): void {
    this.#filled = true;
    const reset = this.#log.reset(source);
    reset.end(true);
    this.#settle(this.#parts.replica.restore(rows.snapshot(), reset.version));
  }

  /**
   * Replaces the contents by those of a snapshot's sealed bytes, in slices of half a millisecond. The commit of the
   * difference is marked `reset`. Rejects with the error of `chunks`, `ERR_INCOMPLETE_SNAPSHOT`, `ERR_DECODE` and the
   * signal's reason; then the contents are as before.
   */
  async restoreFrom(
    chunks: AsyncIterable<Uint8Array>,
    source: Version | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const reset = this.#log.reset(source);
    let replaced = false;
    try {
      await this.#parts.replica.restoreFrom(chunks, reset.version, { signal });
      this.#filled = replaced = true;
    } finally {
      reset.end(replaced);
    }
  }

  /** Applies a commit of the source. A commit that changes nothing only raises the version. O(actions). */
  apply(actions: readonly StoreAction[], source?: Version): void {
    if (actions.some((action) => this.#breaksRule(action, actions))) {
      const rows = WholeRows.of(this.store);
      for (const action of actions) setRow(rows, action);
      this.restore(rows, source);
      return;
    }
    this.#settle(this.#parts.replica.apply(actions, this.#log.append(actions, source)));
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

  #settle(applied: Promise<void>): void {
    void applied.catch((error: unknown) => {
      if (!this.#parts.closed.aborted) this.#onDiverged(error);
    });
  }

  /**
   * True for a change that a log entry may not make: a resource of an unknown extension, an update of an extension, or
   * the removal of an extension with resources. Restored contents may have such states, and a source may not tell of
   * all extensions.
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
