import { KvError } from '../../../errors/kv-error.ts';
import type { ZkStat } from '../connection/node.ts';

/** The state of a store's log. Every write changes it, so that two writes never happen beside each other. */
export interface Head {
  /** How many writes there were. */
  readonly writes: number;
  /** The oldest write whose entry is kept; one more than `writes` when none is. */
  readonly first: number;
  /** The revision of the store: ZooKeeper's number of the transaction that wrote the head. */
  readonly revision: bigint;
  /** Another number after the store was deleted and made again. */
  readonly made: bigint;
  readonly version: number;
}

/** The head of a store that was never written to. */
export const emptyHead: Head = { writes: 0, first: 1, revision: 0n, made: 0n, version: 0 };

export function headData(writes: number, first: number): Buffer {
  return Buffer.from(`swarmstate 1 ${writes} ${first}`);
}

export function headOf(data: Buffer, stat: ZkStat, path: string): Head {
  const [, writes, first] = /^swarmstate 1 (\d+) (\d+)$/.exec(data.toString('latin1')) ?? [];
  if (writes === undefined) {
    throw new KvError('ERR_KV_REFUSED', `the node ${path} has another format; this store has another prefix`, {
      backend: 'zookeeper',
    });
  }
  return {
    writes: Number(writes),
    first: Number(first),
    revision: stat.mzxid.readBigInt64BE(),
    made: stat.czxid.readBigInt64BE(),
    version: stat.version,
  };
}
