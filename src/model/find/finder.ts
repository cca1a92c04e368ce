import { quote } from '../../base/text/describe.ts';
import { StoreError } from '../../errors/store-error.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import type { CombiningFinderName, FinderName } from '../schema/finder-declarations.ts';

declare const takenBy: unique symbol;

/**
 * A finder: says which objects `find`, `count`, `iterate`, `matches` and the selectors of a watch are about. `all`,
 * `or`, `and` and the `by…` functions make finders; `describeFinder` tells what a finder asks for. A finder is
 * immutable, and may be kept and shared.
 *
 * `K` are the kinds whose tables take the finder. Another kind is a compile-time error, and `ERR_INVALID_FIND_BY` at
 * run time.
 */
export interface By<in K extends Kind> {
  readonly [takenBy]: (kind: K) => void;
}

/** The contents of a {@link By}. */
export type Finder =
  | { readonly by: 'all' }
  | { readonly by: 'byId'; readonly id: string }
  | { readonly by: 'byIdPrefix'; readonly prefix: string }
  | { readonly by: 'index'; readonly finder: FinderName; readonly key: string; readonly prefix: boolean }
  | { readonly by: CombiningFinderName; readonly members: readonly Finder[] };

class FindBy {
  readonly #finder: Finder;

  constructor(finder: Finder) {
    this.#finder = finder;
  }

  static contentsOf(by: unknown): Finder | undefined {
    return typeof by === 'object' && by !== null && #finder in by ? by.#finder : undefined;
  }
}

/** Makes a {@link By} of its contents. The caller vouches for `K`. */
export function makeBy<K extends Kind>(finder: Finder): By<K> {
  return Object.freeze(new FindBy(finder)) as unknown as By<K>;
}

/** True for a value that {@link makeBy} made. */
export function isBy(value: unknown): boolean {
  return FindBy.contentsOf(value) !== undefined;
}

/** The contents of a {@link By}. Throws `ERR_INVALID_FIND_BY` for any other value. */
export function unwrapBy(by: unknown, kind?: Kind): Finder {
  const finder = FindBy.contentsOf(by);
  if (finder === undefined) {
    throw new StoreError(
      'ERR_INVALID_FIND_BY',
      `${quote(by)} is no finder; use all, or(…), and(…) or one of the by… functions of swarmstate`,
      { kind, finder: quote(by) },
    );
  }
  return finder;
}
