import { isRevoked } from '../base/host/is-revoked.ts';
import { Immer, current, isDraft, original } from 'immer';
import type { Draft } from 'immer';
import { isThenable } from '../base/synchronous.ts';
import { quote } from '../base/text/describe.ts';
import { StoreError } from '../errors/store-error.ts';
import type { Kind, KindDrafts, KindInputs, Kinds } from '../wire/generated/kinds.ts';
import type { MessageType } from '../wire/codec/message-type.ts';
import { pathText } from '../wire/input/path-text.ts';
import { revokedPart } from './revoked-part.ts';

// An instance of the package's own: switches of the global one belong to the host program. Freezing is
// off: values that a recipe assigns are the caller's, and the codec copies them later.
const immer = new Immer({ autoFreeze: false });

/** A kind of stored object and its codec, which is given so that this file loads no codecs. */
export interface EditedKind<K extends Kind> {
  readonly kind: K;
  readonly codec: MessageType<Kinds[K], KindInputs[K]>;
}

/**
 * Runs a synchronous recipe on a draft of `value` and returns the edited copy: `value` itself when the recipe changed
 * nothing. A recipe may return a new value instead of changing its draft; parts of the draft may be in it.
 *
 * Throws what the recipe throws, and `ERR_ASYNC_CALLBACK` when the recipe returns a promise. Throws
 * `ERR_INVALID_OBJECT` when the recipe does both, or assigns or returns a revoked proxy.
 */
export function editValue<T>(value: T, recipe: (draft: Draft<T>) => unknown): T {
  let draft: unknown;
  try {
    return immer.produce(value, (given) => {
      draft = given;
      try {
        return resultOf(given, recipe(given));
      } catch (error) {
        const failure = explained(error, draft);
        // Nobody can read a draft whose recipe failed.
        draft = undefined;
        throw failure;
      }
    });
  } catch (error) {
    // The draft of a recipe that ended can be read still.
    throw explained(error, draft);
  }
}

/** The new value for Immer: undefined for the draft. */
function resultOf<T>(draft: Draft<T>, returned: unknown): Draft<T> | undefined {
  if (returned === undefined || returned === draft) return undefined;
  refuseRevoked(returned);
  if (!isThenable(returned)) return replacement(draft, returned) as Draft<T>;
  // Changes after an `await` are lost anyway, so a failure there must not become an unhandled rejection. Both
  // handlers return undefined: the promise may give the draft, and a draft that is over throws on every access.
  const ignore = (): undefined => undefined;
  void Promise.resolve(returned).then(ignore, ignore);
  throw new StoreError(
    'ERR_ASYNC_CALLBACK',
    'the recipe of modify returned a promise; it has to be synchronous, nothing was changed',
    {},
  );
}

/**
 * The error of an edit. A `TypeError` is about a revoked proxy where the draft holds one: Immer looks at every value
 * that is assigned. Other errors cost no search.
 */
function explained(error: unknown, draft: unknown): unknown {
  const path = isTypeError(error) ? revokedPart(draft) : undefined;
  if (path === undefined) return error;
  return new StoreError(
    'ERR_INVALID_OBJECT',
    `a recipe assigned a proxy that was revoked to ${pathText(path)}; assign a copy that was made before`,
    { messageType: 'recipe', path },
    { cause: error },
  );
}

function isTypeError(error: unknown): boolean {
  try {
    return error instanceof TypeError;
  } catch {
    // A proxy that refuses every look.
    return false;
  }
}

/** A recipe's result without drafts in it. Throws `ERR_INVALID_OBJECT` when the recipe changed its draft as well. */
function replacement(draft: unknown, returned: unknown): unknown {
  if (isDraft(draft) && current(draft) !== original(draft)) {
    throw new StoreError(
      'ERR_INVALID_OBJECT',
      `a recipe changed its draft and returned ${quote(returned)}; it does one of them. ` +
        'Put braces around an assignment: (draft) => { draft.slot = 2; }',
      { messageType: 'recipe', path: [] },
    );
  }
  return withoutDrafts(returned, new Map(), 0);
}

/** Throws `ERR_INVALID_OBJECT` for a part of a recipe's result that nobody can look at. */
function refuseRevoked(part: unknown): void {
  if (!isRevoked(part)) return;
  throw new StoreError('ERR_INVALID_OBJECT', 'a recipe returned a proxy that was revoked', {
    messageType: 'recipe',
    path: [],
  });
}

/** The levels of a returned value in which drafts are replaced. */
const deepest = 500;

/** A copy of plain objects and arrays in which drafts are replaced; the object itself where it holds none. */
function withoutDrafts(value: unknown, known: Map<object, unknown>, level: number): unknown {
  refuseRevoked(value);
  if (typeof value !== 'object' || value === null || level > deepest) return value;
  if (isDraft(value)) return current(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return value;
  if (known.has(value)) return known.get(value);
  // An object that holds itself ends here.
  known.set(value, value);
  let copy: object | undefined;
  for (const [key, member] of Object.entries(value)) {
    const plain = withoutDrafts(member, known, level + 1);
    if (plain === member) continue;
    copy ??= Array.isArray(value) ? value.slice() : Object.assign(Object.create(prototype as object | null), value);
    // Not assigned: `__proto__` is a key like any other.
    Object.defineProperty(copy, key, { value: plain, enumerable: true, configurable: true, writable: true });
  }
  if (copy !== undefined) known.set(value, copy);
  return copy ?? value;
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
  recipe: (draft: KindDrafts[K]) => unknown,
): Promise<Kinds[K]> {
  const draft = immer.createDraft(edited.codec.withCopiedBytes(stored));
  let result: unknown;
  try {
    const given = recipe(draft as unknown as KindDrafts[K]);
    refuseRevoked(given);
    const returned = await given;
    const replaced = returned === undefined || returned === draft ? undefined : { by: replacement(draft, returned) };
    const finished: unknown = immer.finishDraft(draft);
    result = replaced === undefined ? finished : replaced.by;
  } catch (error) {
    throw explained(error, draft);
  }
  return accept(edited, stored, result as Kinds[K]);
}

function accept<K extends Kind>({ kind, codec }: EditedKind<K>, stored: Kinds[K], result: Kinds[K]): Kinds[K] {
  if (typeof result !== 'object' || (result as unknown) === null || Array.isArray(result)) {
    throw new StoreError(
      'ERR_INVALID_OBJECT',
      `a recipe returned ${quote(result)}; it returns nothing, its draft, or a new ${kind}. ` +
        'Put braces around a single statement: (draft) => { … }',
      { messageType: codec.typeName, path: [] },
    );
  }
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
