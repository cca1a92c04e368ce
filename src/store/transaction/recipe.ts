import { Immer } from 'immer';
import { StoreError } from '../../errors/store-error.ts';
import type { Kind, KindDrafts, Kinds } from '../../wire/generated/kinds.ts';
import { isThenable } from '../../base/synchronous.ts';
import type { SynchronousResult } from '../../base/synchronous.ts';
import type { StoreTable } from './store-tables.ts';

/** Edits one stored object: it gets a draft and changes it in place. What it returns is ignored. */
export type Recipe<K extends Kind> = (draft: KindDrafts[K]) => SynchronousResult;

// An instance of our own: the global one's switches belong to the host program. It must not freeze: what a recipe
// assigns is the caller's, and is copied later.
const immer = new Immer({ autoFreeze: false });

/**
 * Runs a recipe on a stored object and gives the canonical object that it makes: `stored` itself when nothing differs
 * by value. The draft shows copies of bytes, because a typed array cannot be frozen. Throws what the recipe throws,
 * `ERR_ASYNC_CALLBACK`, and `ERR_INVALID_OBJECT` when the result is no object of its kind or has another id. Changes of
 * `meta`, which is the store's, are dropped.
 */
export function runRecipe<K extends Kind>(table: StoreTable<K>, stored: Kinds[K], recipe: Recipe<K>): Kinds[K] {
  const outcome = { asynchronous: false };
  const produced = immer.produce(table.codec.withCopiedBytes(stored), (draft) => {
    const returned = recipe(draft as unknown as KindDrafts[K]);
    // Looked at while the draft is alive: a recipe may return it.
    if (!isThenable(returned)) return;
    outcome.asynchronous = true;
    // Its changes come too late: nobody else may hear of its failure.
    void Promise.resolve(returned).catch(() => undefined);
  });
  if (outcome.asynchronous) {
    throw new StoreError(
      'ERR_ASYNC_CALLBACK',
      'the recipe of modify returned a promise; it has to be synchronous, nothing was changed',
      {},
    );
  }
  const next = table.codec.from(produced.meta === stored.meta ? produced : { ...produced, meta: stored.meta }, stored);
  if (next.id !== stored.id) {
    throw new StoreError(
      'ERR_INVALID_OBJECT',
      `a recipe cannot change the id of ${table.kind} ${stored.id}; create a new object and delete this one`,
      { messageType: table.codec.typeName, path: ['id'] },
    );
  }
  return next;
}
