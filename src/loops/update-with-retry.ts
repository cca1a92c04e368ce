import { isWholeFrom } from '../base/options/option-checks.ts';
import { nextTurn, turnIsDue } from '../base/scheduling/turns.ts';
import { StoreError, isStoreError } from '../errors/store-error.ts';
import { editObjectAsync } from '../model/edit.ts';
import { optionChecks } from '../model/option-checks.ts';
import type { ReadTx, Tx } from '../store/transaction/tx.ts';
import type { SynchronousResult } from '../base/synchronous.ts';
import { kindTypes } from '../wire/generated/kinds.ts';
import type { Kind, KindDrafts, KindInputs, Kinds } from '../wire/generated/kinds.ts';

/** A store in which objects are read and written, such as a `MemoryStore`. */
export interface UpdateTarget {
  view<R>(callback: (tx: ReadTx) => R): R;
  update<R extends SynchronousResult>(
    callback: (tx: Tx) => R,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<R>;
}

/** Options of {@link updateWithRetry}. */
export interface RetryOptions {
  /** The largest number of runs of the recipe: 1 or more, `Infinity` for no limit. Default: 10. */
  readonly attempts?: number | undefined;
  /** Ends the call between attempts, and while it waits for the write lock. */
  readonly signal?: AbortSignal | undefined;
}

/** Nothing or the draft, which was changed; or the new object, as an update takes it. */
type RecipeResult<K extends Kind> = KindInputs[K] | KindDrafts[K] | void;

const checks = optionChecks<RetryOptions>('RetryOptions', 'updateWithRetry', ['attempts', 'signal']);

/**
 * Edits an object by a recipe that may await. If the object was changed while the recipe ran, nothing is written, and
 * the recipe runs again on the new object. For a recipe that does not await, `tx.<table>.modify` inside an update is
 * shorter, and never conflicts.
 *
 * Resolves to the stored object. Rejects with the error of the recipe or of `update`, with `ERR_NOT_EXIST`, with
 * `ERR_INVALID_OBJECT` for a result that is no object of its kind and for wrong or unknown options, and with
 * `ERR_SEQUENCE_CONFLICT` when the object was changed during every attempt.
 *
 * @example
 * ```ts
 * import { MemoryStore } from 'swarmstate';
 * import { updateWithRetry } from 'swarmstate/loops';
 *
 * const resolveDigest = (image: string): Promise<string> => Promise.resolve(`${image}@sha256:0`);
 *
 * const store = new MemoryStore();
 * await store.update((tx) => tx.services.create({ id: 'web', spec: { task: { container: { image: 'nginx' } } } }));
 * await updateWithRetry(store, 'service', 'web', async (draft) => {
 *   const { container } = draft.spec.task;
 *   if (container !== undefined) container.image = await resolveDigest(container.image);
 * });
 * ```
 */
export async function updateWithRetry<K extends Kind>(
  store: UpdateTarget,
  kind: K,
  id: string,
  recipe: (draft: KindDrafts[K], stored: Kinds[K]) => Promise<RecipeResult<K>> | RecipeResult<K>,
  options: RetryOptions = {},
): Promise<Kinds[K]> {
  checks.names(options);
  const { attempts = 10, signal } = options;
  checks.valid(attempts === Infinity || isWholeFrom(attempts, 1), 'attempts', attempts, 'a number of runs, 1 or more');
  checks.signal(signal);
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    if (attempt > 1 && turnIsDue()) await nextTurn();
    const base = store.view((tx) => tx.table(kind).get(id));
    if (base === undefined)
      throw new StoreError('ERR_NOT_EXIST', `${kind} ${id} does not exist; it may have been deleted meanwhile`, {
        kind,
        id,
      });
    const next = await editObjectAsync({ kind, codec: kindTypes[kind] }, base, (draft) => recipe(draft, base));
    try {
      return (await store.update((tx) => replace(tx, kind, base, next), { signal })) as unknown as Kinds[K];
    } catch (error) {
      if (!isStoreError(error, 'ERR_SEQUENCE_CONFLICT') || attempt >= attempts) throw error;
    }
  }
}

/** Stores `next` if `base` is still the stored object. */
function replace<K extends Kind>(tx: Tx, kind: K, base: Kinds[K], next: Kinds[K]): SynchronousResult {
  const table = tx.table(kind);
  const stored = table.get(base.id);
  // Compared by identity, which also works without versions: a store keeps the same object until it changes.
  if (stored !== undefined && stored !== base) {
    throw new StoreError('ERR_SEQUENCE_CONFLICT', `${kind} ${base.id} was changed while the recipe ran`, {
      kind,
      id: base.id,
      base: base.meta.version,
      stored,
      given: next,
    });
  }
  return next === base && stored !== undefined ? base : table.update(next as unknown as KindInputs[K]);
}
