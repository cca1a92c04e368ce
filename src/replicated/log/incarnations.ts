/** The last entry that an incarnation has committed. */
export interface Committed {
  readonly sequence: number;
  readonly slot: number;
}

/** An incarnation's record is dropped once so many slots follow its last entry. */
export const KEPT_SLOTS = 100_000;

/** The fate of an entry whose slot was trimmed before its writer learnt the outcome. */
export type Fate = 'committed' | 'lost' | 'unknown';

/**
 * The table of the writers: for each incarnation the last entry that it committed. The table belongs to the replicated
 * state: only an applied entry changes the table, and every snapshot holds it. An incarnation has one entry pending at
 * a time, so one number for each is enough.
 */
export class Incarnations {
  /** In the order of the slots. */
  readonly #records = new Map<string, Committed>();
  #last = 0;

  get size(): number {
    return this.#records.size;
  }

  get(incarnation: string): Committed | undefined {
    return this.#records.get(incarnation);
  }

  /** Notes the entry of a slot, and drops the records that are too old. Amortised O(1). */
  note(incarnation: string, sequence: number, slot: number): void {
    this.#records.delete(incarnation);
    this.#records.set(incarnation, { sequence, slot });
    this.#last = slot;
    for (const [id, record] of this.#records) {
      if (record.slot >= slot - KEPT_SLOTS) break;
      this.#records.delete(id);
    }
  }

  /** True when the table says that this entry, or a later one of its incarnation, is committed already. */
  has(incarnation: string, sequence: number): boolean {
    const record = this.#records.get(incarnation);
    return record !== undefined && record.sequence >= sequence;
  }

  /**
   * The fate of the newest proposal of an incarnation, which was offered for `slot`, a slot below the floor. An entry
   * that is not committed then never will be. A later number belongs to the no-op that took the place of the entry.
   */
  fateOf(incarnation: string, sequence: number, slot: number): Fate {
    const record = this.#records.get(incarnation);
    if (record?.sequence === sequence) return 'committed';
    if (record !== undefined && record.sequence > sequence) return 'lost';
    // A record of this slot would still be here.
    return slot >= this.#last - KEPT_SLOTS ? 'lost' : 'unknown';
  }

  /** The records in the order of their slots, the same on every member. */
  *records(): Iterable<{ readonly incarnation: string } & Committed> {
    for (const [incarnation, { sequence, slot }] of this.#records) yield { incarnation, sequence, slot };
  }

  /** The table of a snapshot, which was taken at the slot `last`. */
  static of(records: Iterable<{ readonly incarnation: string } & Committed>, last: number): Incarnations {
    const table = new Incarnations();
    for (const { incarnation, sequence, slot } of records) table.#records.set(incarnation, { sequence, slot });
    table.#last = last;
    return table;
  }
}
