import type { Replica } from '../model/proposer.ts';
import type { Version } from '../wire/generated/common.ts';
import { versionOf } from '../model/version.ts';
import type { StoreAction } from '../wire/generated/raft.ts';
import type { SeededRandom } from './random/seeded-random.ts';
import type { SharedLog } from './shared-log.ts';

/**
 * The place of one store in a {@link SharedLog}: hands the entries of others over to the store, in order and each after
 * some ticks, and appends the store's own, which only succeeds where nothing came in between.
 */
export class LogMember {
  readonly log: SharedLog;
  readonly random: SeededRandom;
  readonly #maxDelay: number;
  #replica: Replica | undefined;
  /**
   * The last entry that the store was given, or wrote. The store applies what it is given before it starts another
   * transaction.
   */
  #position = 0;
  /** The last entry that the store is known to have applied. */
  #applied = 0;
  /** An entry of the store's own is in the log, and the store does not know it yet. */
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

  /** The store's way in. A store that comes to a log with entries is given them. */
  attach(replica: Replica): void {
    this.#replica = replica;
    this.#wake();
  }

  /** Some ticks, at random. */
  delay(): Promise<void> {
    return this.log.ticks.wait(this.#ticks());
  }

  /**
   * Appends the store's entries when the log still ends at `base`; nothing is handed over until {@link committed} or
   * {@link resume}.
   */
  appendOwn(base: number, transactions: readonly (readonly StoreAction[])[]): Version[] | undefined {
    if (this.log.version.index !== base) return undefined;
    this.#held = true;
    return transactions.map((actions) => this.log.append(actions));
  }

  /** The store is about to commit what it appended last. */
  committed(last: Version): void {
    this.#position = Math.max(this.#position, last.index);
    this.#applied = Math.max(this.#applied, last.index);
  }

  /** The store knows what became of its entries, or is to learn it by being handed them. */
  resume(): void {
    this.#held = false;
    this.#wake();
  }

  /** Hands over everything that is in the log. */
  catchUp(): void {
    while (this.#position < this.log.version.index) this.#handOver(this.#position + 1);
  }

  /** Hands over one entry out of turn: the store's own, before it, are still to be committed. */
  overtake(version: Version): void {
    this.#handOver(version.index);
  }

  /**
   * Replaces the contents by a snapshot of the end of the log. False when the store misses nothing, or an entry of its
   * own is not committed yet.
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
