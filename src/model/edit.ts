import { Immer } from 'immer';
import type { Draft } from 'immer';
import { isThenable } from '../base/synchronous.ts';
import { StoreError } from '../errors/store-error.ts';
import type { Kind, KindDrafts, KindInputs, Kinds } from '../wire/generated/kinds.ts';
import type { MessageType } from '../wire/codec/message-type.ts';

// An instance of the package's own: switches of the global one belong to the host program. It must not freeze: values
// that a recipe assigns are the caller's, and the codec copies them later.
const immer = new Immer({ autoFreeze: false });

/** A kind of stored object and its codec, which is given so that this file loads no codecs. */
export interface EditedKind<K extends Kind> {
  readonly kind: K;
  readonly codec: MessageType<Kinds[K], KindInputs[K]>;
}

/**
 * Runs a synchronous recipe on a draft of `value` and returns the edited copy: `value` itself when the recipe changed
 * nothing. The recipe's result is ignored. Throws what the recipe throws, and `ERR_ASYNC_CALLBACK` when the recipe
 * returns a promise.
 */
export function editValue<T>(value: T, recipe: (draft: Draft<T>) => unknown): T {
  return immer.produce(value, (draft) => {
    const returned = recipe(draft);
    // Tested while the draft is alive: a recipe may return its draft.
    if (!isThenable(returned)) return;
    // Changes after an `await` are lost anyway, so a failure there must not become an unhandled rejection. Both
    // handlers return undefined: the promise may give the draft, and a draft that is over throws on every access.
    const ignore = (): undefined => undefined;
    void Promise.resolve(returned).then(ignore, ignore);
    throw new StoreError(
      'ERR_ASYNC_CALLBACK',
      'the recipe of modify returned a promise; it has to be synchronous, nothing was changed',
      {},
    );
  });
}

/**
 * Runs a synchronous recipe on a draft of a stored object and returns the canonical result: `stored` itself when both
 * are equal by value. The draft has copies of all bytes, because a typed array cannot be frozen. Changes of `meta` are
 * dropped, because the store sets `meta`.
 *
 * Throws what {@link editValue} throws, and `ERR_INVALID_OBJECT` when the result is no object of its kind or has
 * another id.
 */
export function editObject<K extends Kind>(
  edited: EditedKind<K>,
  stored: Kinds[K],
  recipe: (draft: KindDrafts[K]) => unknown,
): Kinds[K] {
  const base = edited.codec.withCopiedBytes(stored);
  return accept(
    edited,
    stored,
    editValue(base, (draft) => recipe(draft as unknown as KindDrafts[K])),
  );
}

/** {@link editObject} with a recipe that may await. The draft can be changed until the recipe's promise settles. */
export async function editObjectAsync<K extends Kind>(
  edited: EditedKind<K>,
  stored: Kinds[K],
  recipe: (draft: KindDrafts[K]) => Promise<void> | void,
): Promise<Kinds[K]> {
  const draft = immer.createDraft(edited.codec.withCopiedBytes(stored));
  await recipe(draft as unknown as KindDrafts[K]);
  return accept(edited, stored, immer.finishDraft(draft) as unknown as Kinds[K]);
}

function accept<K extends Kind>({ kind, codec }: EditedKind<K>, stored: Kinds[K], result: Kinds[K]): Kinds[K] {
  const input = result.meta === stored.meta ? result : { ...result, meta: stored.meta };
  const next = codec.from(input as unknown as KindInputs[K], stored);
  if (next.id !== stored.id) {
    throw new StoreError(
      'ERR_INVALID_OBJECT',
      `a recipe cannot change the id of ${kind} ${stored.id}; create a new object and delete this one`,
      { messageType: codec.typeName, path: ['id'] },
    );
  }
  return next;
}
