import { optionChecks } from '../../model/option-checks.ts';
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
export interface ReplicatedStore extends MemoryStore {
  /** Figures of this member of the log, since the store was opened. */
  readonly member: MemberFigures;
  /**
   * Resolves once the store has reached `version`: on another member, a read then sees the write that had this version.
   * Rejects with `ERR_STORE_CLOSED` and the signal's reason.
   */
  waitFor(version: VersionInput, options?: WaitOptions): Promise<void>;
  /**
   * Resolves once the store has every update that was acknowledged anywhere before this call: the next read sees them.
   * Costs a read of the log. Rejects with the failure of the key/value store, with `ERR_LOG_REFUSED` where this member
   * has stopped, with `ERR_STORE_CLOSED` and the signal's reason.
   */
  barrier(options?: WaitOptions): Promise<void>;
  stats(): ReplicatedStats;
  /**
   * Ends writing and following. An update that the log may still take gets five seconds for a definite answer, then
   * rejects with `ERR_OUTCOME_UNKNOWN`. Closes the key/value store where `openStore` opened it.
   */
  close(): Promise<void>;
}

/** The store of a member. */
export class MemberStore extends MemoryStore implements ReplicatedStore {
  readonly #member: Member;
  readonly #release: () => Promise<void>;
  #ending: Promise<void> | undefined;

  /** `release` is called at the end of {@link close}. */
  constructor(member: Member, options: StoreOptions, release: () => Promise<void>) {
    super({ ...options, proposer: member.proposer });
    this.#member = member;
    this.#release = release;
  }

  get member(): MemberFigures {
    return this.#member.figures();
  }

  waitFor(version: VersionInput, options: WaitOptions = {}): Promise<void> {
    return checked(options, ({ signal }) => this.#member.waitFor(version, signal));
  }

  barrier(options: WaitOptions = {}): Promise<void> {
    return checked(options, ({ signal }) => this.#member.barrier(signal));
  }

  override stats(): ReplicatedStats {
    return { ...super.stats(), member: this.#member.figures() };
  }

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

const checks = optionChecks<WaitOptions>('WaitOptions', 'a wait', ['signal']);

/** Runs a call with checked options; every failure is a rejection. */
async function checked(options: WaitOptions, call: (options: WaitOptions) => Promise<void>): Promise<void> {
  checks.names(options);
  checks.signal(options.signal);
  await call(options);
}
