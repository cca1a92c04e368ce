import { GAP } from '../../src/engine/index/gap.ts';
import { compareUtf8 } from '../../src/base/utf8-order.ts';
import { distinctKeys } from '../../src/engine/index/keys.ts';
import type { Database, DatabaseParts } from '../../src/engine/database.ts';
import type { KeyIndex } from '../../src/engine/rows/key-index.ts';
import type { ReadonlyKeyMap } from '../../src/engine/index/key-map.ts';
import { NO_VERSION } from '../../src/engine/rows/row-storage.ts';
import type { RowStorage } from '../../src/engine/rows/row-storage.ts';
import type { RowVersion } from '../../src/engine/rows/row-version.ts';

/** Checks what has to hold between the structures of a database after every operation. Costs O(everything). */
export function assertInvariants(database: Database): void {
  const parts = database.inspect();
  let versions = 0;
  let postings = 0;
  for (const rows of parts.tables) {
    checkNumbers(rows, parts, database.committed);
    versions += checkChains(rows, parts);
    checkTree('ids', [...rows.ids.keys()], rows.ids, rows.idTree);
    for (const index of rows.indexes) postings += checkIndex(rows, index);
  }
  must(versions === parts.history.retainedVersions, 'the count of retained versions');
  must(postings === database.retainedPostings, 'the count of retained postings');
  checkPoints(parts, versions);
  if (database.openSnapshots === 0)
    must(versions === 0 && postings === 0, 'nothing is retained while no snapshot is open');
  if (!database.writing) must(database.changeCount === 0, 'no change outside a transaction');
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(`invariant violated: ${what}`);
}

function checkNumbers(rows: RowStorage, { log }: DatabaseParts, committed: number): void {
  const free = new Set(rows.free);
  must(free.size === rows.free.length, 'free numbers are listed once');
  must(rows.ids.size + free.size === rows.head.length, 'each number is taken or free');
  let size = 0;
  for (const [id, number] of rows.ids) {
    must(rows.idOf.get(number) === id, 'numbers and ids match');
    must(!free.has(number), 'a taken number is not free');
    const version = rows.columns.version(number);
    must(
      version >= 0 && (version <= rows.lastWriter || version === log.transaction),
      'versions are those of transactions, or 0 for rows that were loaded',
    );
    if (rows.head[number] !== undefined) size++;
    else must(rows.chains.has(number) || version === log.transaction, 'a tombstone is in flight or seen by a snapshot');
  }
  must(size === rows.size, 'the number of rows');
  if (log.transaction === 0) must(rows.committedSize === size, 'the number of committed rows');
  if (log.transaction === 0) must(rows.lastWriter <= committed, 'the last writer is committed');
  for (const number of free) {
    must(rows.head[number] === undefined && rows.idOf.get(number) === undefined, 'a free number has no row');
    must(rows.columns.version(number) === NO_VERSION && !rows.chains.has(number), 'a free number has no version');
  }
}

function checkChains(rows: RowStorage, { history }: DatabaseParts): number {
  const points = new Set<object>();
  for (let point = history.newest; point !== undefined; point = point.older) points.add(point);
  let count = 0;
  for (const [number, newest] of rows.chains) {
    let bound = rows.columns.version(number);
    let newer: RowVersion | undefined;
    for (let version: RowVersion | undefined = newest; version !== undefined; version = version.older) {
      must(version.owner === rows && version.number === number && version.newer === newer, 'the links of a chain');
      must(version.version < bound && version.until <= bound, 'versions fall along the chain');
      must(
        version.holder.retained[version.place] === version && points.has(version.holder),
        'a version is in the list of an open snapshot',
      );
      must(version.version <= version.holder.version && version.holder.version < version.until, 'its holder sees it');
      bound = version.version;
      newer = version;
      count++;
    }
  }
  return count;
}

function checkPoints({ history }: DatabaseParts, versions: number): void {
  let listed = 0;
  let references = 0;
  for (let point = history.newest; point !== undefined; point = point.older) {
    must(point.references > 0, 'an open point has a holder');
    must(
      point.older === undefined || (point.older.version < point.version && point.older.newer === point),
      'points are in order',
    );
    listed += point.retained.length;
    references += point.references;
  }
  must(listed === versions, 'each retained version is in one list');
  must(references === history.handles, 'the count of open snapshots');
}

function checkIndex(rows: RowStorage, index: KeyIndex): number {
  const { name, keys } = index.declaration;
  const expected = new Map<string, Set<number>>();
  rows.head.forEach((row, number) => {
    for (const key of row === undefined ? [] : distinctKeys(keys(row))) {
      if (!expected.has(key)) expected.set(key, new Set());
      expected.get(key)!.add(number);
    }
  });
  const departed = new Map<string, number>();
  let count = 0;
  for (const [number, newest] of rows.chains) {
    for (let version: RowVersion | undefined = newest; version !== undefined; version = version.older) {
      const own = version.row === undefined ? [] : distinctKeys(keys(version.row));
      const covered = new Set<string>();
      for (let posting = version.postings; posting !== undefined; posting = posting.next) {
        if (posting.index !== index) continue;
        const { key } = posting.bucket;
        must(index.postings.get(key) === posting.bucket, 'a posting points to a bucket in use');
        must(own.includes(key) && !covered.has(key), 'a version has postings for its keys only, one each');
        covered.add(key);
        must(
          posting.bucket.departed?.[posting.place] === posting && posting.version === version,
          'a posting is in its bucket',
        );
        departed.set(key, (departed.get(key) ?? 0) + 1);
        count++;
      }
      for (const key of own)
        must(covered.has(key) || expected.get(key)?.has(number) === true, `a retained row is found in ${name}`);
    }
  }
  let cachedRows = 0;
  const compare = (a: number, b: number): number => compareUtf8(rows.idOf.get(a)!, rows.idOf.get(b)!);
  for (const [key, posting] of index.postings) {
    const live = expected.get(key) ?? new Set();
    expected.delete(key);
    if (typeof posting === 'number') {
      must(live.size === 1 && live.has(posting) && !departed.has(key), 'a key of one row has its number');
      continue;
    }
    must(posting.key === key, 'a bucket has its key');
    const present = posting.live.filter((number) => number !== GAP);
    must(present.length === live.size && present.every((number) => live.has(number)), `the bucket of ${name} is exact`);
    must(posting.size === live.size && posting.live.at(-1) !== GAP && !posting.isSparse, 'the gaps of a bucket');
    posting.live.forEach((number, position) => {
      must(number === GAP || index.positionOf(posting, number) === position, 'positions are right');
    });
    const arranged = posting.live.slice(0, posting.arranged).filter((number) => number !== GAP);
    must(posting.arranged <= posting.live.length, 'what is arranged is there');
    for (let i = 1; i < arranged.length; i++)
      must(compare(arranged[i - 1]!, arranged[i]!) < 0, 'what is arranged is in order');
    if (posting.isArranged)
      for (let i = 1; i < live.size; i++)
        must(compare(posting.live[i - 1]!, posting.live[i]!) < 0, 'the order of a bucket');
    must(posting.departed === undefined ? live.size > 1 : posting.departed.length > 0, 'a bucket is needed');
    must((posting.departed?.length ?? 0) === (departed.get(key) ?? 0), 'the departed rows of a bucket');
    if (posting.extraPositions !== undefined) {
      must(posting.extraPositions.size > 0 && index.multiValued, 'a map of positions is needed');
      must(
        [...posting.extraPositions.keys()].every((number) => live.has(number)),
        'positions are those of rows',
      );
    }
    if (posting.result !== undefined && !(posting.result instanceof WeakRef)) {
      must(posting.result.length === live.size, 'a result is dropped when its bucket changes');
      cachedRows += posting.result.length;
    }
  }
  must(cachedRows <= 65_536 + 256, 'the memory for results is bounded');
  must(expected.size === 0, `no key of ${name} is missing`);
  if (index.tree !== undefined) checkTree(name, [...index.postings.keys()], index.postings, index.tree);
  must(count === index.retainedPostings, 'the count of postings of an index');
  return count;
}

export function checkTree<V extends number | object>(
  name: string,
  keys: string[],
  map: ReadonlyKeyMap<V>,
  tree: NonNullable<KeyIndex['tree']> | RowStorage['idTree'],
): void {
  if (!tree.built) return;
  keys.sort(compareUtf8);
  let i = 0;
  let leaves = 0;
  for (; ; leaves++) {
    const own = tree.leafKeys(leaves);
    if (own === undefined) break;
    must(own.length > 0, `no empty leaf in ${name}`);
    const values: readonly unknown[] = tree.leafValues(leaves);
    must(values.length === own.length && own.length <= 128, `the leaves of ${name} are not too long`);
    for (let at = 1; at < own.length; at++)
      must(compareUtf8(own[at - 1]!, own[at]!) < 0, `the keys in a leaf of ${name} are in order`);
    own.forEach((key, at) => {
      must(
        values[at] === -1 || (key === keys[i++] && values[at] === map.get(key)),
        `the tree of ${name} follows its map`,
      );
    });
    const gaps = values.filter((value) => value === -1).length;
    must(gaps < values.length && gaps <= 16, `the leaves of ${name} have few gaps`);
    must(tree.findLeaf(own[0]!) === leaves, `the first keys of the leaves of ${name}`);
  }
  must(leaves <= keys.length / 30 + 3, `the leaves of ${name} are not all but empty`);
  must(i === keys.length, `the tree of ${name} is complete`);
}
