import { GAP } from '../../src/engine/index/gap.ts';
import type { Gap } from '../../src/engine/index/gap.ts';
import { compareUtf8 } from '../../src/base/text/utf8-order.ts';
import { distinctKeys } from '../../src/engine/index/keys.ts';
import type { Database, DatabaseParts } from '../../src/engine/database.ts';
import type { KeyIndex } from '../../src/engine/rows/key-index.ts';
import type { ReadonlyKeyMap } from '../../src/engine/index/key-map.ts';
import type { OrderedTree } from '../../src/engine/index/ordered-tree.ts';
import type { RowNumber } from '../../src/engine/rows/row-number.ts';
import { NO_VERSION } from '../../src/engine/rows/row-storage.ts';
import type { RowStorage } from '../../src/engine/rows/row-storage.ts';
import type { RowVersion } from '../../src/engine/rows/row-version.ts';

/** Asserts the invariants between the structures of a database. They hold after every operation. O(rows + keys). */
export function assertInvariants(database: Database): void {
  const parts = database.inspect();
  let versions = 0;
  let postings = 0;
  for (const storage of parts.storages) {
    checkNumbers(storage, parts, database.committed);
    versions += checkChains(storage, parts);
    checkTree('ids', [...storage.ids.keys()], storage.ids, storage.idTree);
    for (const index of storage.indexes) postings += checkIndex(storage, index);
  }
  must(versions === parts.history.retainedVersions, 'the count of retained versions');
  must(postings === database.retainedPostings, 'the count of retained postings');
  checkPoints(parts, versions);
  if (database.openSnapshots === 0)
    must(versions === 0 && postings === 0, 'nothing is retained while no snapshot is open');
  if (!database.writing) must(database.changeCount === 0, 'no change outside a transaction');
}

function isRow(entry: RowNumber | Gap): entry is RowNumber {
  return entry !== GAP;
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(`invariant violated: ${what}`);
}

function checkNumbers(storage: RowStorage, { log }: DatabaseParts, committed: number): void {
  const free = new Set(storage.free);
  must(free.size === storage.free.length, 'free row numbers are listed once');
  must(storage.ids.size + free.size === storage.headRows.length, 'each row number is taken or free');
  let size = 0;
  for (const [id, rowNumber] of storage.ids) {
    must(storage.idOf.get(rowNumber) === id, 'row numbers and ids match');
    must(!free.has(rowNumber), 'a taken row number is not free');
    const version = storage.columns.version(rowNumber);
    must(
      version >= 0 && (version <= storage.lastWriter || version === log.transaction),
      'versions are those of transactions, or 0 for rows that were loaded',
    );
    if (storage.headRows[rowNumber] !== undefined) size++;
    else
      must(
        storage.chains.has(rowNumber) || version === log.transaction,
        'a tombstone is in flight or seen by a snapshot',
      );
  }
  must(size === storage.size, 'the number of rows');
  if (log.transaction === 0) must(storage.committedSize === size, 'the number of committed rows');
  if (log.transaction === 0) must(storage.lastWriter <= committed, 'the last writer is committed');
  for (const rowNumber of free) {
    must(
      storage.headRows[rowNumber] === undefined && storage.idOf.get(rowNumber) === undefined,
      'a free row number has no row',
    );
    must(
      storage.columns.version(rowNumber) === NO_VERSION && !storage.chains.has(rowNumber),
      'a free row number has no version',
    );
  }
}

function checkChains(storage: RowStorage, { history }: DatabaseParts): number {
  const points = new Set<object>();
  for (let point = history.newest; point !== undefined; point = point.older) points.add(point);
  let count = 0;
  for (const [rowNumber, newest] of storage.chains) {
    let bound = storage.columns.version(rowNumber);
    let newer: RowVersion | undefined;
    for (let version: RowVersion | undefined = newest; version !== undefined; version = version.older) {
      must(
        version.owner === storage && version.rowNumber === rowNumber && version.newer === newer,
        'the links of a chain',
      );
      must(version.version < bound && version.until <= bound, 'versions fall along the chain');
      must(
        version.holder.retained[version.position] === version && points.has(version.holder),
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

function checkIndex(storage: RowStorage, index: KeyIndex): number {
  const { name, keys } = index.declaration;
  const expected = new Map<string, Set<RowNumber>>();
  storage.headRows.forEach((row, position) => {
    for (const key of row === undefined ? [] : distinctKeys(keys(row))) {
      if (!expected.has(key)) expected.set(key, new Set());
      expected.get(key)!.add(position as RowNumber);
    }
  });
  const departed = new Map<string, number>();
  let count = 0;
  for (const [rowNumber, newest] of storage.chains) {
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
          posting.bucket.departed?.[posting.position] === posting && posting.version === version,
          'a posting is in its bucket',
        );
        departed.set(key, (departed.get(key) ?? 0) + 1);
        count++;
      }
      for (const key of own)
        must(covered.has(key) || expected.get(key)?.has(rowNumber) === true, `a retained row is found in ${name}`);
    }
  }
  let cachedRows = 0;
  const compare = (a: RowNumber, b: RowNumber): number => compareUtf8(storage.idOf.get(a)!, storage.idOf.get(b)!);
  for (const [key, list] of index.postings) {
    const live = expected.get(key) ?? new Set<RowNumber>();
    expected.delete(key);
    if (typeof list === 'number') {
      must(live.size === 1 && live.has(list) && !departed.has(key), 'a key of one row has its row number');
      continue;
    }
    must(list.key === key, 'a bucket has its key');
    const present = list.live.filter(isRow);
    must(
      present.length === live.size && present.every((rowNumber) => live.has(rowNumber)),
      `the bucket of ${name} is exact`,
    );
    must(list.size === live.size && list.live.at(-1) !== GAP && !list.isSparse, 'the gaps of a bucket');
    list.live.forEach((rowNumber, position) => {
      must(rowNumber === GAP || index.positionOf(list, rowNumber) === position, 'positions are right');
    });
    const arranged = list.live.slice(0, list.arranged).filter(isRow);
    must(list.arranged <= list.live.length, 'what is arranged is there');
    for (let i = 1; i < arranged.length; i++)
      must(compare(arranged[i - 1]!, arranged[i]!) < 0, 'what is arranged is in order');
    if (list.isArranged)
      for (let i = 1; i < live.size; i++) must(compare(present[i - 1]!, present[i]!) < 0, 'the order of a bucket');
    must(list.departed === undefined ? live.size > 1 : list.departed.length > 0, 'a bucket is needed');
    must((list.departed?.length ?? 0) === (departed.get(key) ?? 0), 'the departed rows of a bucket');
    if (list.extraPositions !== undefined) {
      must(list.extraPositions.size > 0 && index.multiValued, 'a map of positions is needed');
      must(
        [...list.extraPositions.keys()].every((rowNumber) => live.has(rowNumber)),
        'positions are those of rows',
      );
    }
    if (list.result !== undefined && !(list.result instanceof WeakRef)) {
      must(list.result.length === live.size, 'a result is dropped when its bucket changes');
      cachedRows += list.result.length;
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
  tree: OrderedTree<V>,
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
