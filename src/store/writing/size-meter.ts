import type { ObjectEvent } from '../../model/events.ts';
import { actionOf } from '../../model/store-actions.ts';
import { actionSize, requestSize, sizeBound } from './transaction-size.ts';

/**
 * Follows the encoded size of a growing list of changes. What is cheap to know is an upper bound; only where that
 * reaches the size that is asked about, the changes are encoded to know it exactly.
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
    // Changes that were taken back: what is left is measured anew.
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
