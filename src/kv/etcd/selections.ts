import { KvError } from '../../errors/kv-error.ts';
import { isWithoutRevision } from './connection/failure.ts';
import { largestPage, pagesOf, readPages } from './pages.ts';
import type { DriverPage, DriverReadCall, DriverSelection } from '../backend/driver.ts';
import type { KvPair } from '../api/calls.ts';
import type { EtcdConnection } from './connection/connection.ts';
import type { KeyValue } from './generated/rpc.ts';
import type { Keyspace } from './keyspace.ts';
import type { PagesCall } from './pages.ts';

/** A pair with memory of its own; undefined for a key of another program. */
export function ownPair(keyspace: Keyspace, { key, value, modRevision }: KeyValue): KvPair | undefined {
  const own = keyspace.keyOf(key);
  return own === undefined ? undefined : { key: own, value: Uint8Array.from(value), lastIndex: modRevision };
}

function ownPairs(keyspace: Keyspace, pairs: readonly KeyValue[]): KvPair[] {
  return pairs.flatMap((pair) => ownPair(keyspace, pair) ?? []);
}

/** Reads the pairs of a selection at one moment. */
export async function readSelection(
  connection: EtcdConnection,
  keyspace: Keyspace,
  selection: DriverSelection,
  call: DriverReadCall,
): Promise<DriverPage> {
  const { limit = Infinity, reverse } = selection;
  // Without a limit all pairs are read, and turned round here: the server would sort the range for each page.
  const isReverse = reverse && limit < Infinity;
  // Keys of other programs do not count.
  let count = 0;
  const isEnough = (pairs: readonly KeyValue[]): boolean => {
    count += keyspace.isShared ? ownPairs(keyspace, pairs).length : pairs.length;
    return count >= limit;
  };
  const read = await readPages(
    connection,
    keyspace.between(selection),
    { ...pagesCall(selection, call), isReverse, ...(limit <= largestPage ? { first: limit } : {}) },
    limit === Infinity ? undefined : isEnough,
  );
  const pairs = ownPairs(keyspace, read.pairs);
  if (reverse && !isReverse) pairs.reverse();
  return { revision: read.revision, pairs: limit < pairs.length ? pairs.slice(0, limit) : pairs };
}

/** Gives the pairs of a selection page by page, all of one revision. */
export async function* selectionPages(
  connection: EtcdConnection,
  keyspace: Keyspace,
  selection: DriverSelection,
  call: DriverReadCall,
): AsyncGenerator<DriverPage, void> {
  let { limit: left = Infinity } = selection;
  let oldest = 0n;
  try {
    const pages = pagesOf(connection, keyspace.between(selection), {
      ...pagesCall(selection, call),
      isReverse: selection.reverse,
    });
    for await (const { revision, pairs } of pages) {
      oldest = revision + 1n;
      const own = ownPairs(keyspace, pairs).slice(0, left);
      left -= own.length;
      yield { revision, pairs: own };
      if (left <= 0) return;
    }
  } catch (error) {
    if (!isWithoutRevision(error)) throw error;
    const message = 'etcd has compacted the moment away while it was read; begin again, and read faster';
    throw new KvError('ERR_KV_COMPACTED', message, { backend: 'etcd', oldest }, { cause: error });
  }
}

function pagesCall({ keysOnly }: DriverSelection, { stale, signal }: DriverReadCall): PagesCall {
  return { kind: stale ? 'stale read' : 'read', signal, keysOnly };
}
