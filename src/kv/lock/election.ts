import { normalKey } from '../api/key.ts';
import { checkOptions, noOptions } from '../api/option-checks.ts';
import type { KvHeldLock, KvLock, KvLockOptions, KvOptions, KvPair } from '../api/calls.ts';
import type { KvStore } from '../api/kv-store.ts';

/** The time in which a candidate leads. Its `token` is larger than those of all terms before. */
export type KvTerm = KvHeldLock;

/** The leader of an election, as others see it. */
export interface KvLeader {
  /** The value of the candidate. */
  readonly value: Uint8Array;
  readonly token: bigint;
}

/** One candidate of an election. */
export interface KvElection {
  /** Waits until this candidate leads. Candidates lead in the order of their campaigns. */
  campaign(options?: KvOptions): Promise<KvTerm>;
  /** Ends the term. `ERR_KV_CANNOT_LOCK` when this candidate does not lead. */
  resign(options?: KvOptions): Promise<void>;
  /** Tells the leader, and the next one after each change; undefined while there is none. */
  observe(options?: KvOptions): AsyncIterable<KvLeader | undefined>;
}

/**
 * An election of one leader among the processes that call `campaign` with the same key. The leader is the holder of the
 * lock `key`. A leader that loses touch with the store may believe for a moment that it still leads. Its writes are
 * safe when they carry `term.condition`, or a token that the receiver compares.
 *
 * @example
 * ```ts
 * import { createStore, election } from 'swarmstate/kv';
 *
 * const kv = await createStore('etcd', ['http://127.0.0.1:2379']);
 * const candidate = election(kv, 'app/leader', { value: 'host-1', ttl: 10_000 });
 * const term = await candidate.campaign();
 * term.lost.addEventListener('abort', () => process.exit(1));
 * await kv.transaction([term.condition], [{ type: 'put', key: 'app/plan', value: 'by the leader only' }]);
 * await candidate.resign();
 * ```
 */
export function election(kv: KvStore, key: string, options: KvLockOptions): KvElection {
  const normal = normalKey(key);
  let lock: Promise<KvLock> | undefined;
  return {
    async campaign(given = noOptions) {
      lock ??= kv.newLock(normal, options);
      return (await lock).lock(given);
    },
    async resign(given = noOptions) {
      lock ??= kv.newLock(normal, options);
      await (await lock).unlock(given);
    },
    observe(given = noOptions) {
      checkOptions(given);
      return leaders(kv, normal, given);
    },
  };
}

async function* leaders(kv: KvStore, key: string, options: KvOptions): AsyncGenerator<KvLeader | undefined, void> {
  let told: KvPair | undefined;
  let isFirst = true;
  for await (const tickets of kv.watchTree(key, options)) {
    const leader = first(tickets);
    if (!isFirst && leader?.lastIndex === told?.lastIndex) continue;
    isFirst = false;
    told = leader;
    yield leader === undefined ? undefined : { value: leader.value, token: leader.lastIndex };
  }
}

function first(tickets: readonly KvPair[]): KvPair | undefined {
  let least: KvPair | undefined;
  for (const ticket of tickets) if (least === undefined || ticket.lastIndex < least.lastIndex) least = ticket;
  return least;
}
