/** How far a follower is behind its source. */
export interface Lag {
  /** Changes that the source has committed and the follower has not yet applied and passed to its handlers. */
  readonly changes: number;
  /** How long the oldest of them has been waiting, in milliseconds. */
  readonly milliseconds: number;
  /** The time from the commit of the last applied changes to the end of the last handler, in milliseconds. */
  readonly lastMilliseconds: number;
}

interface Mark {
  /** The number of the mark's first change; changes are counted from the beginning. */
  readonly first: number;
  readonly time: number;
}

/** Milliseconds. Changes that come closer together share a mark. */
const resolution = 1;

/**
 * Measures the changes that were published and not yet applied. O(1) for each change. Holds one mark for each
 * millisecond in which a waiting change was published.
 */
export class LagMeter {
  #published = 0;
  #applied = 0;
  #last = 0;
  readonly #marks: Mark[] = [];

  /** Counts a change that the source committed. */
  publish(): void {
    const now = performance.now();
    const last = this.#marks.at(-1);
    if (last === undefined || now - last.time >= resolution) this.#marks.push({ first: this.#published, time: now });
    this.#published += 1;
  }

  /** Counts changes that the follower applied. */
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

  /** Forgets the changes that were published and not applied, because the watcher that would deliver them is gone. */
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
