import { optionChecks } from '../../model/option-checks.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import type { SynchronousResult } from '../../base/synchronous.ts';
import type { KvLockOptions } from '../../kv/api/calls.ts';
import { noWriteOptions } from '../../store/options.ts';
import type { StoreOptions, WriteOptions } from '../../store/options.ts';
import type { Tx } from '../../store/transaction/tx.ts';
import type { Batch } from '../../store/writing/batch.ts';
import type { StoreStats } from '../../store/stats.ts';
import type { VersionInput } from '../../wire/generated/common.ts';
import { claimOf } from './claims.ts';
import type { TermClaim } from './claims.ts';
import type { StoreElection } from './elections.ts';
import type { MemberFigures } from './figures.ts';
import type { Member } from './member.ts';

/** Options of a call that waits for the log. */
export interface WaitOptions {
  /** Gives up: the call rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a batch of a replicated store. */
export interface TermOptions {
  /**
   * The term of the leader that writes. A callback whose state is of a later term is not run: the write rejects with
   * `ERR_TERM_ENDED`, and nothing of it happens. An undefined term, as of a candidate that does not lead, is refused
   * too; leave the option out for a write that anybody may make.
   */
  readonly term?: TermClaim | undefined;
}

/** Options of an update of a replicated store. */
export interface ReplicatedWriteOptions extends WriteOptions, TermOptions {}

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
   * As `MemoryStore.update`. With a `term`, the update happens only in front of the beginning of a later term; else it
   * rejects with `ERR_TERM_ENDED`. All members agree about that.
   */
  update<R extends SynchronousResult>(callback: (tx: Tx) => R, options?: ReplicatedWriteOptions): Promise<R>;
  /** As `MemoryStore.batch`. With a `term`, a commit of a later term ends the batch: its cause is `ERR_TERM_ENDED`. */
  batch<R>(callback: (batch: Batch) => Promise<R>, options?: TermOptions): Promise<R>;
  /**
   * A candidate of an election among the members of the log. A lease of the key/value store says who leads, and may be
   * wrong for a moment. A term is safe all the same: it begins with an entry in the log. A write of an older term
   * behind that entry has no effect on any member.
   *
   * @example
   * ```ts
   * import { openStore } from 'swarmstate/replicated';
   *
   * const store = await openStore('memory:');
   * const election = store.election('loops', { value: 'host-1', ttl: 10_000 });
   * const term = await election.campaign();
   * term.lost.addEventListener('abort', () => console.log('another one leads'));
   * await store.update((tx) => tx.nodes.create({ id: 'by-the-leader' }), { term });
   * await election.resign();
   * await store.close();
   * ```
   */
  election(name: string, options?: KvLockOptions): StoreElection;
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

  override update<R extends SynchronousResult>(
    callback: (tx: Tx) => R,
    options: ReplicatedWriteOptions = noWriteOptions,
  ): Promise<R> {
    if (options === noWriteOptions || !claims(options)) return super.update(callback, options);
    const { term, ...rest } = options;
    try {
      return super.update(this.#claiming(term, callback), rest);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  override batch<R>(callback: (batch: Batch) => Promise<R>, options: TermOptions = {}): Promise<R> {
    try {
      termChecks.names(options);
      if (!claims(options)) return super.batch(callback);
      const { term } = options;
      claimOf(term);
      return super.batch((batch) => callback({ update: (step) => batch.update(this.#claiming(term, step)) }));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  election(name: string, options: KvLockOptions = {}): StoreElection {
    return this.#member.elections.candidate(name, options);
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

  /** The callback, which claims the term before it runs. */
  #claiming<R>(term: unknown, callback: (tx: Tx) => R): (tx: Tx) => R {
    const claim = claimOf(term);
    return (tx) => {
      this.#member.claims.claim(claim);
      return callback(tx);
    };
  }

  async #end(): Promise<void> {
    this.#member.closing();
    await super.close();
    await this.#member.close();
    await this.#release();
  }
}

const termChecks = optionChecks<TermOptions>('TermOptions', 'a batch', ['term']);

/** True where the option `term` is given, also as undefined. */
function claims(options: TermOptions): boolean {
  return typeof options === 'object' && (options as object | null) !== null && 'term' in options;
}

const checks = optionChecks<WaitOptions>('WaitOptions', 'a wait', ['signal']);

/** Runs a call with checked options; every failure is a rejection. */
async function checked(options: WaitOptions, call: (options: WaitOptions) => Promise<void>): Promise<void> {
  checks.names(options);
  checks.signal(options.signal);
  await call(options);
}
