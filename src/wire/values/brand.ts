/**
 * Marks each object that a codec made with its type of message. Users cannot see the mark, copy it (a spread loses it)
 * or forge it: docs/performance/v8.md#marks-on-objects.
 */

/** A constructor that returns its argument. A class derived from it puts its private fields on that object. */
const ReturnsItsArgument = function (target: object): object {
  return target;
} as unknown as new (target: object) => object;

class Brand extends ReturnsItsArgument {
  readonly #type: object;

  constructor(target: object, type: object) {
    super(target);
    this.#type = type;
  }

  static typeOf(value: object): object | undefined {
    return #type in value ? value.#type : undefined;
  }
}

/** Marks and freezes `target`, which must not have a mark yet. */
export function brandAndFreeze<T extends object>(target: T, type: object): T {
  new Brand(target, type);
  return Object.freeze(target);
}

/** The type in the mark of `value`; undefined for a value that no codec made. */
export function brandOf(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null ? Brand.typeOf(value) : undefined;
}
