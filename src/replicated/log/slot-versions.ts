/** The entries behind a slot, as far as this member has seen them. */
interface Seen {
  readonly slot: number;
  readonly lastVersion: number;
  /** All bytes of the entries that were seen, this one included. */
  readonly bytes: number;
}

/** The most entries that are remembered; beyond that, half of them are dropped. */
const MOST = 200_000;

/**
 * The versions and sizes of the entries that a member took, in the order of their slots. Finds the slot of a version,
 * and the bytes of the log behind a slot.
 */
export class SlotVersions {
  #seen: Seen[] = [];
  #bytes = 0;

  /** Starts again behind a slot: the contents came from a snapshot. */
  reset(slot: number, version: number): void {
    this.#bytes = 0;
    this.#seen = [{ slot, lastVersion: version, bytes: 0 }];
  }

  add(slot: number, lastVersion: number, bytes: number): void {
    this.#bytes += bytes;
    this.#seen.push({ slot, lastVersion, bytes: this.#bytes });
    if (this.#seen.length > MOST) this.#seen = this.#seen.slice(MOST / 2);
  }

  /** The bytes of the entries behind a slot; those of all that were seen where the slot was not. */
  bytesAfter(slot: number): number {
    const [first] = this.#seen;
    if (first === undefined) return 0;
    const at = this.#search((seen) => seen.slot > slot) - 1;
    return this.#bytes - (this.#seen[at]?.bytes ?? 0);
  }

  /** The first slot whose entry reaches the version; undefined where it is not known. O(log entries). */
  slotOf(version: number): number | undefined {
    const at = this.#search((seen) => seen.lastVersion >= version);
    // The first one is known only by its end: the version may lie in front of it.
    return at === 0 ? undefined : this.#seen[at]?.slot;
  }

  /** The position of the first entry for which `test` holds. `test` is false up to there and true behind. */
  #search(test: (seen: Seen) => boolean): number {
    let low = 0;
    let high = this.#seen.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (test(this.#seen[middle] as Seen)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
