import { quote } from '../../base/describe.ts';
import { StoreError } from '../../errors/store-error.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import type { FinderName } from '../schema/finder-names.ts';

declare const takenBy: unique symbol;

/**
 * What `find`, `count`, `iterate`, `matches` and the selectors of a watch look for: made by `all`, `or`, `and` and the
 * `by…` functions, immutable, to be kept and shared at will. `K` are the kinds whose tables take it; any other is a
 * compile-time error, and `ERR_INVALID_FIND_BY` at run time.
 */
export interface By<in K extends Kind> {
  readonly [takenBy]: (kind: K) => void;
}

/** What a {@link By} is inside. */
export type Finder =
  | { readonly by: 'all' }
  | { readonly by: 'byId'; readonly id: string }
  | { readonly by: 'byIdPrefix'; readonly prefix: string }
  | { readonly by: 'index'; readonly finder: FinderName; readonly key: string; readonly prefix: boolean }
  | { readonly by: 'or' | 'and'; readonly members: readonly Finder[] };

class FindBy {
  readonly #finder: Finder;

  constructor(finder: Finder) {
    this.#finder = finder;
  }

  static finderOf(by: unknown): Finder | undefined {
    return typeof by === 'object' && by !== null && #finder in by ? by.#finder : undefined;
  }
}

/** Makes a finder of what it is inside. The type of the result is the caller's word. */
export function makeBy<K extends Kind>(finder: Finder): By<K> {
  return Object.freeze(new FindBy(finder)) as unknown as By<K>;
}

/** What a finder is inside; anything else is refused with `ERR_INVALID_FIND_BY`. */
export function finderOf(by: unknown, kind?: Kind): Finder {
  const finder = FindBy.finderOf(by);
  if (finder === undefined) {
    throw new StoreError(
      'ERR_INVALID_FIND_BY',
      `${quote(by)} is no finder; use all, or(…), and(…) or one of the by… functions of swarmstate`,
      { kind, finder: quote(by) },
    );
  }
  return finder;
}
