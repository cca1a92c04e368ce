import type { Meta, StoreAction } from 'swarmstate';
import { InternalRaftRequest } from 'swarmstate/proto';
import { StoreSnapshot } from 'swarmstate/proto';
import type { Cluster } from './cluster.ts';
import { LEDGER, tokensLeft, tokensOf } from './ledger.ts';

/** An entry of the log, and who left what in it. */
export interface ReadEntry {
  readonly index: number;
  readonly tokens: readonly string[];
  readonly changes: number;
}

/**
 * Reads the log as a history: each entry was made on the state of the one before it, by one update or one batch. Its
 * objects have the meta that the contract says. Gives the contents of each entry.
 */
export function readLog(cluster: Cluster): ReadEntry[] {
  const { log } = cluster;
  const own = new Map(
    cluster.members.flatMap(({ proposer }) =>
      proposer.trace.flatMap(({ versions }) =>
        versions.map((index) => [index, proposer.maxTransactionBytes ?? Infinity] as const),
      ),
    ),
  );
  return log.entries.map(({ version, storeActions }) => {
    const { index } = version;
    const before = tokensOf(log.contentsAt({ index: index - 1 }).nodes.find(({ id }) => id === LEDGER));
    const { tokens, after } = tokensLeft(before, storeActions);
    const ranks = Object.values(after).sort((a, b) => Number(a) - Number(b));
    if (ranks.some((rank, n) => rank !== String(n)))
      cluster.problem(`entry ${index} was made on another state than the one before it`);
    const limit = own.get(index);
    if (limit !== undefined) checkOwn(cluster, index, storeActions, tokens, limit);
    return { index, tokens, changes: storeActions.length };
  });
}

function checkOwn(
  cluster: Cluster,
  index: number,
  actions: readonly StoreAction[],
  tokens: readonly string[],
  limit: number,
): void {
  const owners = new Set(tokens.map((token) => token.split('/')[0]));
  if (owners.size !== 1)
    cluster.problem(`entry ${index} holds what ${[...owners].join(' and ')} wrote: not one transaction`);
  const size = InternalRaftRequest.encode({ id: 2n ** 64n - 1n, action: actions }).length;
  if (size > limit) cluster.problem(`entry ${index} has ${size} bytes, more than ${limit}`);
  const before = cluster.log.contentsAt({ index: index - 1 });
  const metas = new Map<string, Meta>(
    (['nodes', 'configs'] as const).flatMap((table) =>
      before[table].map((object) => [`${table} ${object.id}`, object.meta] as const),
    ),
  );
  for (const action of actions) {
    const [key, meta] =
      action.node === undefined
        ? [`configs ${action.config?.id}`, action.config?.meta]
        : [`nodes ${action.node.id}`, action.node.meta];
    if (meta === undefined) throw new Error(`entry ${index} has an action of another kind`);
    if (action.action === 3) metas.delete(key);
    else {
      checkMeta(cluster, index, key, meta, metas.get(key));
      metas.set(key, meta);
    }
  }
}

function checkMeta(cluster: Cluster, index: number, key: string, meta: Meta, stored: Meta | undefined): void {
  const what = `entry ${index}, ${key}:`;
  if (meta.version.index !== index - 1)
    cluster.problem(`${what} version ${meta.version.index} is not the one before its transaction`);
  const { createdAt, updatedAt } = meta;
  if (createdAt === undefined || updatedAt === undefined) cluster.problem(`${what} it has no times`);
  // An object that another member stored without times takes the time of creation that its caller gives.
  else if (stored !== undefined && stored.createdAt === undefined) return;
  else if (stored?.createdAt === undefined) {
    if (createdAt.seconds !== updatedAt.seconds) cluster.problem(`${what} a new object has two different times`);
  } else {
    if (createdAt.seconds !== stored.createdAt.seconds) cluster.problem(`${what} its time of creation has changed`);
    if (updatedAt.seconds <= (stored.updatedAt?.seconds ?? 0))
      cluster.problem(`${what} it was not updated later than before`);
  }
}

/** Members of equal versions have equal contents, and those are the log's. */
export function checkContents(cluster: Cluster): void {
  for (const member of cluster.members) {
    member.observe('at the end');
    if (member.closed) continue;
    if (member.store.version?.index !== cluster.log.version.index)
      cluster.problem(`a store has stopped at version ${member.store.version?.index}`);
    if (Buffer.compare(StoreSnapshot.encode(member.store.save()), cluster.bytesAt(cluster.log.version.index)) !== 0) {
      cluster.problem('a store differs from the log at the end');
    }
  }
}
