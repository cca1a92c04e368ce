import { rangeAnswer } from './answers.ts';
import { isWithoutRevision } from './connection/failure.ts';
import { KVService, RangeRequestSortOrder } from './generated/rpc.ts';
import { rest } from './keyspace.ts';
import type { Call, EtcdConnection } from './connection/connection.ts';
import type { KeyValue } from './generated/rpc.ts';
import type { KeyRange } from './keyspace.ts';

export interface PagesCall extends Call {
  /** The revision to read at; the newest without it. */
  readonly revision?: bigint | undefined;
  readonly keysOnly?: boolean | undefined;
  /** True gives the largest keys first. The server then looks at the whole range for each page. */
  readonly isReverse?: boolean | undefined;
  /** Pairs of the first page; later pages have so many that they are about `pageBytes` long. */
  readonly first?: number | undefined;
}

export interface Pages {
  readonly revision: bigint;
  /** In the order of their keys, or against it. The values share memory with the answers. */
  readonly pairs: readonly KeyValue[];
}

const firstPage = 256;
const pageBytes = 4 * 1024 * 1024;
export const largestPage = 20_000;

/** How often a list begins again whose revision is compacted away while it is read. */
const mostRestarts = 4;

/**
 * Reads the pairs of a range at one revision, page by page. An answer is larger than 4 MiB only where its pairs are.
 * Each page has the time limit of a call. The first page comes even if it is empty.
 */
export async function* pagesOf(
  connection: EtcdConnection,
  range: KeyRange,
  call: PagesCall,
): AsyncGenerator<Pages, void> {
  const { kind, keysOnly, isReverse = false, first = firstPage } = call;
  let { revision } = call;
  let left = range;
  let limit = range.rangeEnd === undefined ? 1 : Math.min(first, largestPage);
  for (;;) {
    const request = {
      ...left,
      limit: BigInt(limit),
      revision,
      serializable: kind === 'stale read',
      keysOnly,
      sortOrder: isReverse ? RangeRequestSortOrder.DESCEND : undefined,
    };
    const asked = { left, limit };
    let size = 0;
    const read = (answer: Buffer): ReturnType<typeof rangeAnswer> => {
      size = answer.length;
      return rangeAnswer(answer, asked.left, asked.limit, isReverse);
    };
    const page = await connection.call(KVService.range, request, read, call);
    // Later pages are read at the revision of the first one.
    revision ??= page.revision;
    yield { revision, pairs: page.pairs };
    const last = page.pairs.at(-1);
    if (!page.more || last === undefined) return;
    left = rest(last.key, left, isReverse);
    limit = Math.max(1, Math.min(largestPage, Math.floor((pageBytes * page.pairs.length) / size)));
  }
}

/** Reads all pairs of a range at one revision; with `isEnough`, no page after the one that makes them enough. */
export async function readPages(
  connection: EtcdConnection,
  range: KeyRange,
  call: PagesCall,
  isEnough: (pairs: readonly KeyValue[]) => boolean = () => false,
): Promise<Pages> {
  for (let restarts = 0; ; restarts++) {
    try {
      let { revision = 0n } = call;
      const pairs: KeyValue[] = [];
      for await (const page of pagesOf(connection, range, call)) {
        ({ revision } = page);
        for (const pair of page.pairs) pairs.push(pair);
        if (isEnough(page.pairs)) break;
      }
      return { revision, pairs };
    } catch (error) {
      if (call.revision !== undefined || !isWithoutRevision(error) || restarts === mostRestarts) throw error;
    }
  }
}
