import { isStoreError, StoreError } from '../../errors/store-error.ts';
import type { Change, ProposalOptions, Proposer, Replica } from '../../model/proposer.ts';
import { MAX_TRANSACTION_BYTES } from '../../model/constants.ts';
import type { Version, VersionInput } from '../../wire/generated/common.ts';
import type { StoreAction } from '../../wire/generated/raft.ts';
import { sleep } from '../access/env.ts';
import type { Env } from '../access/env.ts';
import type { TermMark } from '../generated/log.ts';
import type { Appender } from '../proposals/appender.ts';
import type { Availability } from '../state/availability.ts';
import type { Claims } from './claims.ts';
import { changesBetween } from './changes-between.ts';
import type { PastParts } from './changes-between.ts';
import { conflict } from '../proposals/proposal-run.ts';
import type { Reloader } from '../contents/reload.ts';
import type { Taker } from '../state/taker.ts';

/** The parts of a member that its store talks to. */
export interface ProposerParts {
  readonly env: Env;
  readonly appender: Appender;
  readonly taker: Taker;
  readonly reloader: Reloader;
  readonly availability: Availability;
  readonly past: PastParts;
  readonly claims: Claims;
  readonly readOnly: boolean;
  /** The bytes of one entry that the engine takes in one value. */
  readonly entryBytes: number;
  readonly attach: (replica: Replica) => void;
}

/** Members count as competing for so long after another one's entry, in milliseconds. */
const COMPETING_MS = 50;

/** The longest head start that the winner of a slot gives the others, in milliseconds. */
const MOST_HEAD_START_MS = 25;

const MOST_IN_GROUP = 4000;

/** A member of a log as the proposer of its store. */
export class LogProposer implements Proposer {
  readonly maxTransactionBytes: number = MAX_TRANSACTION_BYTES;
  readonly maxAttempts = 100;
  readonly #parts: ProposerParts;
  #transactionBytes = 512;
  /** When another member's entry came last. */
  #competedAt = -Infinity;
  #wonLast = false;
  #appendMs = 1;
  /** Settles when the entry that begins a term has been offered. */
  #beginning: Promise<void> | undefined;

  constructor(parts: ProposerParts) {
    this.#parts = parts;
  }

  /** As many transactions as fit into one value, by the size of the last ones. */
  get maxGroup(): number {
    const fitting = Math.floor((0.75 * this.#parts.entryBytes) / this.#transactionBytes);
    return Math.max(1, Math.min(MOST_IN_GROUP, fitting));
  }

  attach(replica: Replica): void {
    this.#parts.attach(replica);
  }

  getVersion(): VersionInput {
    return { index: this.#parts.taker.position.version };
  }

  changesBetween(from: Version, to: Version): AsyncIterable<Change> {
    return changesBetween(this.#parts.past, from, to);
  }

  proposeValue(
    actions: readonly StoreAction[],
    commit: (version?: VersionInput) => void,
    { signal }: ProposalOptions,
  ): Promise<void> {
    return this.#propose([actions], (versions) => commit(versions[0]), signal);
  }

  proposeGroup(
    transactions: readonly (readonly StoreAction[])[],
    commit: (versions?: readonly VersionInput[]) => void,
    { signal }: ProposalOptions,
  ): Promise<void> {
    return this.#propose(transactions, commit, signal);
  }

  /** True while the entry that begins a term is offered. */
  #isBeginning(): boolean {
    return this.#beginning !== undefined;
  }

  /**
   * Writes the entry that begins a term. Resolves to false where a term that is not older has begun. The store's own
   * proposals wait meanwhile, and are built again.
   */
  async begin(term: TermMark, signal: AbortSignal): Promise<boolean> {
    const { taker, reloader, availability } = this.#parts;
    for (;;) {
      while (this.#beginning !== undefined || reloader.isLoading()) await (this.#beginning ?? reloader.load());
      signal.throwIfAborted();
      taker.assertRunning();
      if (availability.refusing) throw availability.error();
      if (taker.state.terms.skips({ begins: term, terms: [] })) return false;
      const begun = this.#begin(term, signal);
      const ended = begun.then(
        () => undefined,
        () => undefined,
      );
      this.#beginning = ended;
      void ended.then(() => {
        this.#beginning = undefined;
      });
      if (await begun) return true;
    }
  }

  /** One attempt. False: it is to be made again. */
  async #begin(term: TermMark, signal: AbortSignal): Promise<boolean> {
    const { taker, reloader, appender } = this.#parts;
    // A proposal of the store that is under way comes first. The store offers no other one meanwhile.
    await taker.settled();
    if (reloader.isLoading() || taker.stopped !== undefined) return false;
    try {
      await appender.begin(term, signal);
      return true;
    } catch (error) {
      if (!isStoreError(error, 'ERR_PROPOSAL_CONFLICT')) throw error;
      return false;
    }
  }

  /** Another member's entry was taken. */
  competed(): void {
    this.#competedAt = this.#parts.env.clock.now();
  }

  async #propose(
    transactions: readonly (readonly StoreAction[])[],
    commit: (versions: readonly VersionInput[]) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { taker, reloader, availability, appender, env, readOnly, claims } = this.#parts;
    // Of the callbacks of this proposal, whatever becomes of it.
    const terms = claims.take();
    taker.assertRunning();
    if (readOnly) throw readOnlyStore();
    if (availability.refusing) throw availability.error();
    if (this.#beginning !== undefined) {
      await this.#beginning;
      throw conflict();
    }
    // A term may have begun since the steps of a batch ran: they run again.
    if (claims.areOver(terms)) throw conflict();
    const { slot } = taker.position;
    if (reloader.isLoading()) {
      // The store puts the snapshot in place before it builds the transaction again.
      await reloader.handedOver;
      throw conflict();
    }
    const headStart = this.#headStart();
    // One head start for each slot that was won.
    this.#wonLast = false;
    if (headStart > 0) {
      await sleep(env.clock, headStart, signal);
      if (taker.position.slot !== slot || reloader.isLoading() || this.#isBeginning()) throw conflict();
      taker.assertRunning();
    }
    const started = env.clock.now();
    await appender.propose(transactions, terms, commit, signal);
    this.#wonLast = true;
    this.#appendMs = env.clock.now() - started;
    this.#transactionBytes = Math.max(
      64,
      0.8 * this.#transactionBytes + 0.2 * (appender.lastBytes / transactions.length),
    );
  }

  /**
   * The winner of a slot lets the others go first, while others write at all. They have to build their transactions
   * again, and would lose each time.
   */
  #headStart(): number {
    if (!this.#wonLast) return 0;
    const { env } = this.#parts;
    if (env.clock.now() - this.#competedAt > COMPETING_MS) return 0;
    const share = 0.5 + (env.random(1)[0] as number) / 256;
    return Math.min(MOST_HEAD_START_MS, 1 + share * this.#appendMs);
  }
}

function readOnlyStore(): StoreError<'ERR_READ_ONLY'> {
  return new StoreError('ERR_READ_ONLY', 'this store was opened with readOnly; write through another member', {});
}
