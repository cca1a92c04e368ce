import { rangeAnswer } from './answers.ts';
import { isWithoutRevision } from './connection/failure.ts';
import { KVService } from './generated/rpc.ts';
import { rangeBehind } from './keyspace.ts';
import type { Call, EtcdConnection } from './connection/connection.ts';
import type { KeyValue } from './generated/rpc.ts';
import type { KeyRange } from './keyspace.ts';

export interface PagesCall extends Call {
  /** The revision to read at; the newest without it. */
  readonly revision?: bigint | undefined;
  readonly keysOnly?: boolean | undefined;
}

export interface Pages {
  readonly revision: bigint;
  /** In the order of their keys. The values share memory with the answers. */
  readonly pairs: readonly KeyValue[];
}

/** Pairs of the first page. Later pages have so many that they are about `pageBytes` long. */
const firstPage = 256;
const pageBytes = 4 * 1024 * 1024;
const largestPage = 20_000;

/** How often a list begins again whose revision is compacted away while it is read. */
const mostRestarts = 4;

/**
 * Reads all pairs of a range at one revision, page by page: no answer is much larger than 4 MiB unless its pairs are,
 * and each page has the time limit of a call.
 */
export async function readPages(connection: EtcdConnection, range: KeyRange, call: PagesCall): Promise<Pages> {
  for (let restarts = 0; ; restarts++) {
    try {
      return await readOnce(connection, range, call);
    } catch (error) {
      if (call.revision !== undefined || !isWithoutRevision(error) || restarts === mostRestarts) throw error;
    }
  }
}

async function readOnce(connection: EtcdConnection, range: KeyRange, call: PagesCall): Promise<Pages> {
  const { kind, keysOnly } = call;
  const pairs: KeyValue[] = [];
  let { revision } = call;
  let rest = range;
  let limit = range.rangeEnd === undefined ? 1 : firstPage;
  for (;;) {
    const request = { ...rest, limit: BigInt(limit), revision, serializable: kind === 'stale read', keysOnly };
    const asked = { rest, limit };
    let size = 0;
    const page = await connection.call(
      KVService.range,
      request,
      (answer) => {
        size = answer.length;
        return rangeAnswer(answer, asked.rest, asked.limit);
      },
      call,
    );
    // Later pages are read at the revision of the first one.
    revision ??= page.revision;
    for (const pair of page.pairs) pairs.push(pair);
    const last = page.pairs.at(-1);
    if (!page.more || last === undefined) return { revision, pairs };
    rest = rangeBehind(last.key, rest);
    limit = Math.max(1, Math.min(largestPage, Math.floor((pageBytes * page.pairs.length) / size)));
  }
}
