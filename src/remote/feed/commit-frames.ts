import type { Commit, ObjectEvent } from '../../model/events.ts';

/** The most bytes of encoded commits that are kept. */
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * The last encoded commits of one view, so that a commit is encoded once for all peers that keep up. A commit is known
 * by its first event, which belongs to no other.
 */
export class CommitFrames {
  readonly #frames = new Map<ObjectEvent, Uint8Array>();
  #bytes = 0;

  /** The frame of a commit with at least one event. Calls `encode` where it is not kept. */
  of({ events: [first] }: Commit, encode: () => Uint8Array): Uint8Array {
    const known = first === undefined ? undefined : this.#frames.get(first);
    if (known !== undefined) return known;
    const frame = encode();
    if (first === undefined || frame.length > MOST_BYTES) return frame;
    this.#frames.set(first, frame);
    this.#bytes += frame.length;
    for (const [oldest, { length }] of this.#frames) {
      if (this.#bytes <= MOST_BYTES) break;
      this.#frames.delete(oldest);
      this.#bytes -= length;
    }
    return frame;
  }
}
