import type { Replica } from '../model/proposer.ts';
import type { Version } from '../wire/generated/common.ts';
import { versionOf } from '../model/version.ts';
import type { StoreAction } from '../wire/generated/raft.ts';
import type { SeededRandom } from './random/seeded-random.ts';
import type { SharedLog } from './shared-log.ts';

/**
 * One store's connection to a {@link SharedLog}. Hands the entries of other members to the store, in order and each
 * after some ticks. Appends the store's own entries, unless another entry was appended meanwhile.
 */
export class LogMember {
  readonly log: SharedLog;
  readonly random: SeededRandom;
  readonly #maxDelay: number;
  #replica: Replica | undefined;
  /**
   * The index of the last entry that the store was given, or wrote. The store applies an entry that it was given before
   * it starts another transaction.
   */
  #position = 0;
  /** The index of the last entry that the store is known to have applied. */
  #applied = 0;
  /** True while the log has an entry of the store's own that the store has not committed. */
  #held = false;
  #handingOver = false;
  readonly refusals: unknown[] = [];

  constructor(log: SharedLog, random: SeededRandom, maxDelay: number) {
    this.log = log;
    this.random = random;
    this.#maxDelay = maxDelay;
    log.follow(() => {
      this.#wake();
    });
  }

  get position(): number {
    return this.#position;
  }

  get applied(): number {
    return this.#applied;
  }

  /** Connects the store, and hands over the entries that the log already has. */
  attach(replica: Replica): void {
    this.#replica = replica;
    this.#wake();
  }

  /** Waits for a random number of ticks. */
  delay(): Promise<void> {
    return this.log.ticks.wait(this.#ticks());
  }

  /**
   * Appends the store's entries when the log still ends at `base`, else returns undefined. No entry is handed over
   * until {@link resume}.
   */
  appendOwn(base: number, transactions: readonly (readonly StoreAction[])[]): Version[] | undefined {
    if (this.log.version.index !== base) return undefined;
    this.#held = true;
    return transactions.map((actions) => this.log.append(actions));
  }

  /** The store is about to commit its entries up to `last`. */
  committed(last: Version): void {
    this.#position = Math.max(this.#position, last.index);
    this.#applied = Math.max(this.#applied, last.index);
  }

  /** Hands entries over again. The store has committed its own entries, or is to get them like those of others. */
  resume(): void {
    this.#held = false;
    this.#wake();
  }

  /** Hands over all entries of the log. */
  catchUp(): void {
    while (this.#position < this.log.version.index) this.#handOver(this.#position + 1);
  }

  /** Hands over one entry before the store has committed its own earlier ones. */
  overtake(version: Version): void {
    this.#handOver(version.index);
  }

  /**
   * Replaces the contents by a snapshot of the end of the log. Returns false and does nothing when the store has all
   * entries, or has an entry of its own to commit.
   */
  reset(): boolean {
    const { version } = this.log;
    if (this.#held || this.#position >= version.index) return false;
    this.#position = version.index;
    this.#follow(this.#replica?.restore(this.log.contentsAt(version), version), version.index);
    return true;
  }

  #wake(): void {
    if (this.#handingOver || this.#held || this.#replica === undefined) return;
    if (this.#position >= this.log.version.index) return;
    this.#handingOver = true;
    void this.log.ticks.wait(this.#ticks()).then(() => {
      this.#handingOver = false;
      if (!this.#held && this.#position < this.log.version.index) this.#handOver(this.#position + 1);
      this.#wake();
    });
  }

  #ticks(): number {
    return 1 + this.random.below(this.#maxDelay);
  }

  #handOver(index: number): void {
    if (index <= this.log.trimmed.index) {
      this.reset();
      return;
    }
    this.#position = index;
    const actions = this.log.entries[index - 1]?.storeActions ?? [];
    this.#follow(this.#replica?.apply(actions, versionOf({ index })), index);
  }

  #follow(applying: Promise<void> | undefined, index: number): void {
    applying?.then(
      () => {
        this.#applied = Math.max(this.#applied, index);
      },
      (error: unknown) => {
        this.refusals.push(error);
      },
    );
  }
}
