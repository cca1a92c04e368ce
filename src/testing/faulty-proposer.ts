import type { Change, ProposalOptions, Proposer, Replica } from '../model/proposer.ts';
import { versionOf } from '../model/version.ts';
import type { Version, VersionInput } from '../wire/generated/common.ts';
import type { StoreAction, StoreActionInput } from '../wire/generated/raft.ts';
import type { StoreSnapshot } from '../wire/generated/snapshot.ts';
import { faultAt } from './faults.ts';
import type { Fault, FaultRates, TracedProposal } from './faults.ts';
import { LogMember } from './log-member.ts';
import { runProposal } from './proposal-run.ts';
import type { ProposalRun } from './proposal-run.ts';
import { SeededRandom } from './random/seeded-random.ts';
import { SharedLog } from './shared-log.ts';

/** Options of a {@link FaultyProposer}. */
export interface FaultyProposerOptions {
  /** The log that the proposer writes to; a new one where not given. */
  readonly log?: SharedLog | undefined;
  /** The seed of faults and delays; 1 where not given. The same seed and the same calls give the same faults. */
  readonly seed?: number | undefined;
  /** The probability of each fault; 0 where not given. */
  readonly faults?: FaultRates | undefined;
  /** Whether the proposer takes several transactions at once; true where not given. */
  readonly groups?: boolean | undefined;
  /** The proposer's `maxTransactionBytes`; none where not given. */
  readonly maxTransactionBytes?: number | undefined;
  /** The sort of iterable that `changesBetween` returns; `sync` where not given. */
  readonly iteration?: 'sync' | 'async' | undefined;
  /** The most ticks of a delay, and of the way of another member's entry to the store; 3 where not given. */
  readonly maxDelay?: number | undefined;
  /**
   * Makes the competitor's entry from the contents at the end of the log and the number of the proposal. Where not
   * given, the entry creates a config.
   */
  readonly competitor?: ((contents: StoreSnapshot, proposal: number) => readonly StoreActionInput[]) | undefined;
}

type GroupCommit = (versions?: readonly VersionInput[]) => void;

/**
 * A proposer in memory with the faults of real proposers, see {@link Fault}: at random by a seed, or as a script says.
 * With this proposer a test shows how a program behaves when consensus fails. Several proposers on one
 * {@link SharedLog} make their stores members of one cluster.
 *
 * Nothing depends on a clock: time passes in the ticks of the log.
 *
 * @example
 * ```ts
 * import { MemoryStore, isStoreError } from 'swarmstate';
 * import { FaultyProposer } from 'swarmstate/testing';
 *
 * const proposer = new FaultyProposer();
 * const store = new MemoryStore({ proposer });
 * proposer.script('unknown-landed');
 * try {
 *   await store.update((tx) => tx.nodes.create({ id: 'node-1' }));
 * } catch (error) {
 *   console.log(isStoreError(error, 'ERR_OUTCOME_UNKNOWN'));
 * }
 * await proposer.settle();
 * console.log(store.view((tx) => tx.nodes.get('node-1') !== undefined), proposer.trace);
 * ```
 */
export class FaultyProposer implements Proposer {
  readonly log: SharedLog;
  readonly maxTransactionBytes?: number | undefined;
  readonly proposeGroup?: NonNullable<Proposer['proposeGroup']>;
  /** The probability of each fault from now on. */
  faults: FaultRates;
  readonly #random: SeededRandom;
  readonly #member: LogMember;
  readonly #iteration: 'sync' | 'async';
  readonly #competitor: (contents: StoreSnapshot, proposal: number) => readonly StoreActionInput[];
  readonly #trace: ProposalRun['trace'][] = [];
  #script: (Fault | undefined)[] = [];
  #release: () => void = () => undefined;
  #released: Promise<void>;

  constructor(options: FaultyProposerOptions = {}) {
    const {
      log = new SharedLog(),
      seed = 1,
      faults = {},
      groups = true,
      maxTransactionBytes,
      iteration = 'sync',
      maxDelay = 3,
    } = options;
    this.log = log;
    this.faults = faults;
    this.#random = new SeededRandom(seed);
    this.#member = new LogMember(log, new SeededRandom(~seed), maxDelay);
    this.#iteration = iteration;
    this.#competitor = options.competitor ?? createConfig;
    this.#released = this.#newRelease();
    if (maxTransactionBytes !== undefined) this.maxTransactionBytes = maxTransactionBytes;
    if (groups) {
      this.proposeGroup = (transactions, commit, { signal }) => this.#propose(transactions, commit, signal);
    }
  }

  /** Every proposal so far, with its fault and its result. */
  get trace(): readonly TracedProposal[] {
    return this.#trace;
  }

  /**
   * The errors with which the store refused entries of other members. Empty unless the store was closed or has
   * diverged.
   */
  get refusals(): readonly unknown[] {
    return this.#member.refusals;
  }

  /** Sets the faults of the next proposals, in place of random ones; undefined for no fault. */
  script(...faults: readonly (Fault | undefined)[]): void {
    this.#script.push(...faults);
  }

  /** Lets the proposals that hang go on. */
  release(): void {
    this.#release();
    this.#released = this.#newRelease();
  }

  /** Ends all faults, and lets the proposals that hang go on. */
  heal(): void {
    this.faults = {};
    this.#script = [];
    this.release();
  }

  /**
   * Replaces the contents of the store by a snapshot of the end of the log, as for a member that was away for too long.
   * Returns false and does nothing when the store has all entries, or has an entry of its own to commit.
   */
  reset(): boolean {
    return this.#member.reset();
  }

  /** Lets ticks pass until nothing waits for a tick. Proposals that hang go on hanging. */
  settle(): Promise<void> {
    return this.log.settle();
  }

  attach(replica: Replica): void {
    this.#member.attach(replica);
  }

  proposeValue(
    actions: readonly StoreAction[],
    commit: (version?: VersionInput) => void,
    { signal }: ProposalOptions,
  ): Promise<void> {
    return this.#propose(
      [actions],
      (versions) => {
        commit(versions?.[0]);
      },
      signal,
    );
  }

  getVersion(): Version {
    return versionOf({ index: this.#member.applied });
  }

  changesBetween(from: Version, to: Version): Iterable<Change> | AsyncIterable<Change> {
    const changes = this.log.between(from, to);
    return this.#iteration === 'sync' ? changes : oneByOne(changes);
  }

  #propose(
    transactions: readonly (readonly StoreAction[])[],
    commit: GroupCommit,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const roll = this.#random.next();
    const fault = this.#script.length > 0 ? this.#script.shift() : faultAt(this.faults, roll);
    const trace: ProposalRun['trace'] = {
      number: this.#trace.length + 1,
      transactions: transactions.length,
      base: this.#member.position,
      fault,
      result: 'in flight',
      versions: [],
    };
    this.#trace.push(trace);
    if (fault === 'throw') {
      trace.result = 'failed';
      throw new Error(`the faulty proposer throws at proposal ${trace.number}; nothing was written`);
    }
    return runProposal(
      {
        member: this.#member,
        transactions,
        commit,
        signal,
        released: this.#released,
        competitor: () => this.#competitor(this.log.contentsAt(), trace.number),
        trace,
      },
      fault,
    );
  }

  #newRelease(): Promise<void> {
    return new Promise((resolve) => {
      this.#release = resolve;
    });
  }
}

function createConfig(contents: StoreSnapshot): readonly StoreActionInput[] {
  const id = `competitor-${contents.configs.length + 1}`;
  return [{ action: 1, config: { id, spec: { annotations: { name: id } } } }];
}

async function* oneByOne(changes: Iterable<Change>): AsyncGenerator<Change, void, undefined> {
  for (const change of changes) {
    await Promise.resolve();
    yield change;
  }
}
