/** How far a follower is behind its source. */
export interface Lag {
  /** Changes that the source has committed and the follower has not applied yet, and told its handlers. */
  readonly changes: number;
  /** For how long the oldest of them has been waiting, in milliseconds. */
  readonly milliseconds: number;
  /**
   * How long the changes that were applied last took from their commit to the end of the last handler, in milliseconds.
   */
  readonly lastMilliseconds: number;
}

interface Mark {
  /** The number of the first change of the mark, counted from the beginning. */
  readonly first: number;
  readonly time: number;
}

/** Changes that come closer together than this share a mark. */
const resolution = 1;

/**
 * Counts the changes between their publication and their arrival. O(1) for a change; a mark is kept for each
 * millisecond in which something waits.
 */
export class LagMeter {
  #published = 0;
  #applied = 0;
  #last = 0;
  readonly #marks: Mark[] = [];

  /** A change was committed in the source. */
  publish(): void {
    const now = performance.now();
    const last = this.#marks.at(-1);
    if (last === undefined || now - last.time >= resolution) this.#marks.push({ first: this.#published, time: now });
    this.#published += 1;
  }

  /** So many changes were applied. */
  apply(count: number): void {
    const [oldest] = this.#marks;
    if (count > 0 && oldest !== undefined) this.#last = performance.now() - oldest.time;
    this.#applied += count;
    if (this.#applied >= this.#published) {
      this.#marks.length = 0;
      return;
    }
    let passed = 0;
    for (let next = this.#marks[1]; next !== undefined && next.first <= this.#applied; next = this.#marks[passed + 1])
      passed += 1;
    this.#marks.splice(0, passed);
  }

  /** What was published is not waited for any more. */
  reset(): void {
    this.#applied = this.#published;
    this.#marks.length = 0;
  }

  get lag(): Lag {
    const [oldest] = this.#marks;
    return {
      changes: Math.max(0, this.#published - this.#applied),
      milliseconds: oldest === undefined ? 0 : performance.now() - oldest.time,
      lastMilliseconds: this.#last,
    };
  }
}
