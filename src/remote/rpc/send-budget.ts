/** A stream with unsent bytes. */
export interface BudgetHolder {
  /** Ends the stream at once, and gives its bytes back. */
  cut(): void;
}

/** Limits the unsent bytes of all streams of a server. */
export class SendBudget {
  readonly #limit: number;
  #total = 0;
  /** The unsent bytes by stream. The first stream has sent nothing for the longest time. */
  readonly #unsent = new Map<BudgetHolder, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The unsent bytes of all streams. */
  get total(): number {
    return this.#total;
  }

  /** Adds bytes of a stream. Where there are too many, streams that sent nothing for the longest time are cut. */
  add(holder: BudgetHolder, bytes: number): void {
    this.#unsent.set(holder, (this.#unsent.get(holder) ?? 0) + bytes);
    this.#total += bytes;
    while (this.#total > this.#limit) {
      const [slowest] = this.#unsent.keys();
      // The only stream with unsent bytes: a message may be larger than the limit.
      if (slowest === undefined || this.#unsent.size === 1) return;
      slowest.cut();
      // A stream gives its bytes back when it is cut; the loop ends even if one did not.
      this.release(slowest);
      if (slowest === holder) return;
    }
  }

  /** Takes bytes off that were sent. The stream becomes the one that sent last. */
  sent(holder: BudgetHolder, bytes: number): void {
    const unsent = this.#unsent.get(holder);
    if (unsent === undefined) return;
    this.#unsent.delete(holder);
    this.#total -= Math.min(bytes, unsent);
    if (unsent > bytes) this.#unsent.set(holder, unsent - bytes);
  }

  /** Takes all bytes of a stream off: it has ended. */
  release(holder: BudgetHolder): void {
    this.#total -= this.#unsent.get(holder) ?? 0;
    this.#unsent.delete(holder);
  }
}
