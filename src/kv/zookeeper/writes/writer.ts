import { abortable } from '../../../base/async/abortable.ts';
import { KvError } from '../../../errors/kv-error.ts';
import { conditionHolds } from '../../backend/condition.ts';
import { unknownOutcome } from '../../backend/unknown-outcome.ts';
import { failureOf, isConflict, isNoNode, LostConnection } from '../connection/failure.ts';
import { readKeys } from '../reads/moment.ts';
import { nodeOf } from '../reads/node.ts';
import { StructureNodes } from './nodes.ts';
import { planOf } from './plan.ts';
import { steps } from './transaction.ts';
import { WriteQueue } from './write-queue.ts';
import type { CommitResult, DriverCall, DriverOperation } from '../../backend/driver.ts';
import type { KvCondition, KvPair } from '../../api/calls.ts';
import type { ZookeeperConnection } from '../connection/connection.ts';
import type { CheckedOptions } from '../connection/options.ts';
import type { Session } from '../connection/session.ts';
import type { Head } from '../layout/head.ts';
import type { ReadContext } from '../reads/moment.ts';
import type { NewLease } from './plan.ts';
import type { Plan } from './transaction.ts';

/** A write on its way. */
export interface Attempt {
  readonly session: Session;
  /**
   * Sends the plan, and gives the revision. Rejects when somebody else wrote since the head was read: the writer then
   * attempts it anew.
   */
  readonly send: (head: Head, plan: Plan) => Promise<bigint>;
}

/** Writes of a store, one after the other. Each one is a transaction of ZooKeeper that changes the head. */
export class Writer {
  readonly #connection: ZookeeperConnection;
  readonly #context: ReadContext;
  readonly #options: CheckedOptions;
  readonly #queue = new WriteQueue();
  readonly #nodes: StructureNodes;
  readonly #onLease: (lease: NewLease) => void;

  constructor(
    connection: ZookeeperConnection,
    context: ReadContext,
    options: CheckedOptions,
    onLease: (lease: NewLease) => void,
  ) {
    this.#connection = connection;
    this.#context = context;
    this.#options = options;
    this.#nodes = new StructureNodes(context.keyspace);
    this.#onLease = onLease;
  }

  commit(
    conditions: readonly KvCondition[],
    operations: readonly DriverOperation[],
    call: DriverCall,
  ): Promise<CommitResult> {
    const keys = [...new Set([...conditions, ...operations].map(({ key }) => key))];
    const { keyspace, log } = this.#context;
    const paths = keys.map((key) => keyspace.pathOf(key));
    return this.write(call, async (attempt) => {
      const { session } = attempt;
      const [first, ...read] = await session.getMany([keyspace.head, ...paths]);
      const head = log.headOf(first);
      const nodes = new Map(keys.map((key, at) => [key, nodeOf(key, paths[at] as string, read[at])]));
      const plan = planOf(keyspace, operations, nodes, head.writes + 1);
      if (plan.changes.length === 0 || refusal(conditions, (key) => nodes.get(key)?.pair) !== undefined) {
        // Nothing is written that the servers would check. So the state is read again, as new as it can be.
        session.barrier();
        const moment = await readKeys(this.#context, session, keys);
        const found = new Map(keys.map((key, index) => [key, moment.found[index]]));
        const refused = refusal(conditions, (key) => found.get(key));
        if (refused !== undefined) return refused;
        const isEmpty = operations.every(({ type, key }) => type === 'delete' && found.get(key) === undefined);
        return isEmpty ? { lastIndex: moment.head.revision } : undefined;
      }
      await this.#nodes.makeAbove(session, plan.created);
      const lastIndex = await attempt.send(head, plan);
      for (const lease of plan.leases) this.#onLease(lease);
      this.prune(session, plan.emptied);
      return { lastIndex };
    });
  }

  /**
   * Attempts a write until it happens, in its turn. `attempt` resolves to undefined when it is to be made anew.
   * Rejects with `ERR_KV_OUTCOME_UNKNOWN` when the write was sent, and the answer was lost or nobody waited for it.
   */
  async write<T>({ signal }: DriverCall, attempt: (attempt: Attempt) => Promise<T | undefined>): Promise<T> {
    const state = { isSent: false };
    const work = this.#queue.run(async () => {
      const deadline = performance.now() + this.#options.timeoutMs;
      for (;;) {
        signal?.throwIfAborted();
        try {
          const session = await this.#connection.session(deadline);
          const send = async (head: Head, plan: Plan): Promise<bigint> => {
            signal?.throwIfAborted();
            const sent = steps(this.#context.keyspace, head, plan, this.#options);
            if (!session.isOpen) throw new LostConnection('the connection was closed');
            state.isSent = true;
            const [first] = await session.transaction(sent);
            if (first?.stat === undefined) throw new LostConnection('a server gave an answer without a revision');
            return first.stat.mzxid.readBigInt64BE();
          };
          const result = await attempt({ session, send });
          state.isSent = false;
          if (result !== undefined) return result;
        } catch (error) {
          if (signal?.aborted === true && error === signal.reason) throw error;
          if (error instanceof LostConnection && state.isSent) throw failureOf(error, 'write');
          state.isSent = false;
          this.#connection.throwIfStopped();
          if (error instanceof LostConnection) {
            if (performance.now() >= deadline) throw failureOf(error, 'read');
            continue;
          }
          if (!isConflict(error)) throw failureOf(error, 'read');
          if (isNoNode(error)) await this.#made();
        }
        if (performance.now() >= deadline) throw tooBusy();
      }
    });
    if (signal === undefined) return work;
    try {
      return await abortable(work, signal);
    } catch (error) {
      if (!signal.aborted || error !== signal.reason || !state.isSent) throw error;
      throw unknownOutcome('zookeeper', 'the call was aborted', signal.reason);
    }
  }

  /** Makes the nodes of the store, where they are not there. */
  async makeStore(): Promise<void> {
    await this.#connection.read((session) => this.#nodes.makeStore(session), undefined);
  }

  /**
   * Deletes nodes that are of no more use, behind the calls. Nodes that stay are deleted another time, or are harmless.
   */
  prune(session: Session, paths: readonly string[]): void {
    if (paths.length > 0) this.#nodes.prune(session, paths).catch(() => undefined);
  }

  /** Makes nodes again that are not there any more: those above keys when they are needed, those of the store here. */
  async #made(): Promise<void> {
    this.#nodes.forget();
    const { keyspace } = this.#context;
    const isMade = await this.#connection.read((session) => session.stat(keyspace.head), undefined);
    if (isMade === undefined) await this.makeStore();
  }
}

/** The first condition that does not hold. */
function refusal(
  conditions: readonly KvCondition[],
  find: (key: string) => KvPair | undefined,
): CommitResult | undefined {
  for (const [failed, condition] of conditions.entries()) {
    const pair = find(condition.key);
    if (!conditionHolds(condition, pair?.lastIndex)) return { failed, pair };
  }
  return undefined;
}

function tooBusy(): KvError {
  const message = 'other writers of the store were faster each time, until the time was over; nothing was written';
  return new KvError('ERR_KV_REFUSED', message, { backend: 'zookeeper' });
}
