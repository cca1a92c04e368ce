import { MemoryStore } from '../../store/memory-store.ts';
import type { StoreOptions } from '../../store/options.ts';
import type { StoreStats } from '../../store/stats.ts';
import type { VersionInput } from '../../wire/generated/common.ts';
import type { MemberFigures } from './figures.ts';
import type { Member } from './member.ts';

/** Options of a call that waits for the log. */
export interface WaitOptions {
  /** Gives up: the call rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** Figures of a replicated store. */
export interface ReplicatedStats extends StoreStats {
  readonly member: MemberFigures;
}

/**
 * A store whose transactions are entries of a log in a key/value store: durable, and the same on every member. Made by
 * `openStore`.
 */
export class ReplicatedStore extends MemoryStore {
  readonly #member: Member;
  readonly #release: () => Promise<void>;
  #ending: Promise<void> | undefined;

  /** @internal */
  constructor(member: Member, options: StoreOptions, release: () => Promise<void>) {
    super({ ...options, proposer: member.proposer });
    this.#member = member;
    this.#release = release;
  }

  /** Figures of this member of the log, since the store was opened. */
  get member(): MemberFigures {
    return this.#member.figures();
  }

  /**
   * Resolves once the store has reached `version`: on another member, a read then sees the write that had this version.
   * Rejects with `ERR_STORE_CLOSED` and the signal's reason.
   */
  waitFor(version: VersionInput, { signal }: WaitOptions = {}): Promise<void> {
    return this.#member.waitFor(version, signal);
  }

  /**
   * Resolves once the store has every update that was acknowledged anywhere before this call: the next read sees them.
   * Costs a read of the log. Rejects with the failure of the key/value store, with `ERR_LOG_REFUSED` where this member
   * has stopped, with `ERR_STORE_CLOSED` and the signal's reason.
   */
  barrier({ signal }: WaitOptions = {}): Promise<void> {
    return this.#member.barrier(signal);
  }

  override stats(): ReplicatedStats {
    return { ...super.stats(), member: this.#member.figures() };
  }

  /**
   * Ends writing and following. An update that the log may still take gets five seconds for a definite answer, then
   * rejects with `ERR_OUTCOME_UNKNOWN`. Closes the key/value store where `openStore` opened it.
   */
  override close(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    this.#member.closing();
    await super.close();
    await this.#member.close();
    await this.#release();
  }
}
