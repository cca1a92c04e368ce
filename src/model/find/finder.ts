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

/** The most levels of finders inside each other: operations on a finder are recursive. */
export const MAX_DEPTH: number = 1000;

class FindBy {
  readonly #finder: Finder;
  /** The number of levels. */
  readonly #depth: number;

  constructor(finder: Finder, depth: number) {
    this.#finder = finder;
    this.#depth = depth;
  }

  static depthOf(by: object): number {
    return #depth in by ? by.#depth : 0;
  }

  static contentsOf(by: unknown): Finder | undefined {
    return typeof by === 'object' && by !== null && #finder in by ? by.#finder : undefined;
  }
}

/** Makes a {@link By} of its contents, which have `depth` levels. The caller vouches for `K`. */
export function makeBy<K extends Kind>(finder: Finder, depth = 1): By<K> {
  return Object.freeze(new FindBy(finder, depth)) as unknown as By<K>;
}

/**
 * Combines finders. Throws `ERR_INVALID_FIND_BY` for a value that is no finder, and beyond {@link MAX_DEPTH} levels.
 */
export function combine(name: CombiningFinderName, bys: readonly object[]): By<never> {
  let depth = 1;
  const members = bys.map((by) => {
    const member = unwrapBy(by);
    depth = Math.max(depth, FindBy.depthOf(by) + 1);
    return member;
  });
  if (depth <= MAX_DEPTH) return makeBy({ by: name, members }, depth);
  throw new StoreError(
    'ERR_INVALID_FIND_BY',
    `finders are nested more than ${MAX_DEPTH} levels deep; give or and and longer lists of members`,
    { kind: undefined, finder: name },
  );
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
