import { varintSize } from '../../base/protobuf/varint.ts';
import { StoreError } from '../../errors/store-error.ts';
import type { ObjectEvent } from '../../model/events.ts';
import { actionOf } from '../../model/store-actions.ts';
import { StoreAction } from '../../wire/generated/raft.ts';

/**
 * The encoded size of a growing list of changes. An upper bound is cheap. Only where the bound reaches the size in
 * question, the changes are encoded to know their exact size.
 */
export class SizeMeter {
  readonly #events: readonly ObjectEvent[];
  /** The first changes, whose size is known. */
  #exactCount = 0;
  #exactBytes = 0;
  /** The changes after them, of which there is a bound. */
  #boundCount = 0;
  #boundBytes = 0;

  constructor(events: readonly ObjectEvent[]) {
    this.#events = events;
  }

  /** Whether the encoded request would have this many bytes, or more. */
  reaches(bytes: number): boolean {
    this.#follow();
    if (requestSize(this.#exactBytes + this.#boundBytes) < bytes) return false;
    return this.exact() >= bytes;
  }

  /** The size of the encoded request. */
  exact(): number {
    this.#follow();
    for (; this.#exactCount < this.#events.length; this.#exactCount += 1) {
      const event = this.#events[this.#exactCount];
      if (event !== undefined) this.#exactBytes += actionSize(actionOf(event));
    }
    this.#boundCount = 0;
    this.#boundBytes = 0;
    return requestSize(this.#exactBytes);
  }

  #follow(): void {
    // Changes were taken back: the remaining ones are measured anew.
    if (this.#events.length < this.#exactCount + this.#boundCount) {
      this.#exactCount = 0;
      this.#exactBytes = 0;
      this.#boundCount = 0;
      this.#boundBytes = 0;
    }
    for (let at = this.#exactCount + this.#boundCount; at < this.#events.length; at += 1) {
      this.#boundBytes += 32 + sizeBound(this.#events[at]?.object);
      this.#boundCount += 1;
    }
  }
}

/** A request's id in front of its actions: a tag, and the longest 64-bit number. */
const ID_BYTES = 11;

/** The bytes that an action adds to the encoded `InternalRaftRequest`. Exact, at the cost of an encoding. */
function actionSize(action: StoreAction): number {
  const { length } = StoreAction.encode(action);
  return 1 + varintSize(length) + length;
}

/** The bytes of the encoded request with the longest id, for the total size of its actions. */
function requestSize(actionSizes: number): number {
  return ID_BYTES + actionSizes;
}

/**
 * An upper bound of the bytes that a value takes in a message, at a small fraction of the cost of {@link actionSize}.
 * Every member counts as the largest value of its JavaScript type.
 */
function sizeBound(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return 8 + 3 * value.length;
    case 'number':
    case 'bigint':
    case 'boolean':
      return 12;
    case 'object': {
      if (value === null) return 0;
      if (ArrayBuffer.isView(value)) return 8 + value.byteLength;
      let bound = 8;
      for (const key of Object.keys(value)) {
        // Entries of maps hold their keys too; counting the key for every member keeps this one loop.
        bound += 16 + 3 * key.length + sizeBound((value as { readonly [key: string]: unknown })[key]);
      }
      return bound;
    }
    default:
      return 0;
  }
}

/** The error of a callback whose changes cannot be proposed. */
export function tooLarge(bytes: number, limit: number): StoreError<'ERR_TRANSACTION_TOO_LARGE'> {
  return new StoreError(
    'ERR_TRANSACTION_TOO_LARGE',
    `one callback changed ${bytes} bytes, and the proposer takes ${limit} at once; ` +
      'change less in each callback, for example with batch',
    { bytes, limit },
  );
}
