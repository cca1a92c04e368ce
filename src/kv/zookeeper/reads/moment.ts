import { compareUtf8 } from '../../../base/text/utf8-order.ts';
import { isInRange, withoutValue } from '../../backend/selection.ts';
import { nodeOf } from './node.ts';
import { traverse } from './traversal.ts';
import type { DriverSelection } from '../../backend/driver.ts';
import type { KvPair } from '../../api/calls.ts';
import type { Session } from '../connection/session.ts';
import type { Head } from '../layout/head.ts';
import type { Keyspace } from '../layout/keyspace.ts';
import type { KeyNode } from './node.ts';
import type { LogEntry, WriteLog } from './write-log.ts';

/** Keys of a store at one moment, which is that of the head. */
export interface Moment<T> {
  readonly head: Head;
  readonly found: T;
}

export interface Selected extends Moment<readonly KvPair[]> {
  /** The keys with nodes below theirs, as far as they were read. */
  readonly withChildren: ReadonlySet<string>;
}

/** The parts of a store that reads use. */
export interface ReadContext {
  readonly keyspace: Keyspace;
  readonly log: WriteLog;
}

/**
 * Reads keys at one moment. ZooKeeper reads one node at a time. So the head is read before and after: when it is the
 * same, nothing was written between. Otherwise the log tells what was.
 */
export async function readKeys(
  { keyspace, log }: ReadContext,
  session: Session,
  keys: readonly string[],
): Promise<Moment<readonly (KvPair | undefined)[]>> {
  for (;;) {
    const paths = keys.map((key) => keyspace.pathOf(key));
    const [first, ...nodes] = await session.getMany([keyspace.head, ...paths, keyspace.head]);
    const [before, head] = [log.headOf(first), log.headOf(nodes.pop())];
    const read = new Map(keys.map((key, at) => [key, nodeOf(key, paths[at] as string, nodes[at])?.pair]));
    if (head.revision !== before.revision) {
      const entries = await entriesBetween(log, session, before, head);
      if (entries === undefined || !applied(entries, read, (key) => read.has(key))) continue;
    }
    return { head, found: keys.map((key) => copied(read.get(key))) };
  }
}

/** Reads the pairs of a selection at one moment, in its order. */
export async function readSelection(
  { keyspace, log }: ReadContext,
  session: Session,
  selection: DriverSelection,
): Promise<Selected> {
  const { limit = Infinity, reverse, keysOnly } = selection;
  /** Keys that are read beyond the limit, for those that are deleted meanwhile. */
  let spare = 0;
  for (;;) {
    const before = await log.head(session);
    const read = new Map<string, KvPair | undefined>();
    const withChildren = new Set<string>();
    let last: string | undefined;
    const most = limit + spare;
    for await (const node of traverse(session, keyspace, {
      ...selection,
      limit: limit === Infinity ? undefined : most,
    })) {
      const pair = (node as KeyNode & { readonly pair: KvPair }).pair;
      read.set(pair.key, pair);
      if (node.children > 0) withChildren.add(pair.key);
      last = pair.key;
      if (read.size >= most) break;
    }
    const isWhole = read.size < most;
    const head = await log.head(session);
    if (head.revision !== before.revision) {
      const entries = await entriesBetween(log, session, before, head);
      // Keys behind the last one were not looked at.
      const wasRead = (key: string): boolean =>
        isInRange(selection, key) &&
        (isWhole || (last !== undefined && (reverse ? compareUtf8(key, last) >= 0 : compareUtf8(key, last) <= 0)));
      if (entries === undefined || !applied(entries, read, wasRead, keysOnly)) continue;
    }
    const pairs = [...read.values()].filter((pair) => pair !== undefined);
    if (!isWhole && pairs.length < limit) {
      spare = 2 * spare + limit;
      continue;
    }
    pairs.sort((a, b) => (reverse ? compareUtf8(b.key, a.key) : compareUtf8(a.key, b.key)));
    const found = limit < pairs.length ? pairs.slice(0, limit) : pairs;
    return { head, found, withChildren };
  }
}

/** Undefined when the log does not have them: too many writes happened, or the store was made anew. */
async function entriesBetween(
  log: WriteLog,
  session: Session,
  before: Head,
  head: Head,
): Promise<readonly LogEntry[] | undefined> {
  return before.made === head.made ? log.between(session, before.writes, head.writes) : undefined;
}

/**
 * Brings what was read to the moment behind the last entry. False when it cannot: the value of a key is not in its
 * entry, and was read before the write.
 */
function applied(
  entries: readonly LogEntry[],
  read: Map<string, KvPair | undefined>,
  wasRead: (key: string) => boolean,
  keysOnly = false,
): boolean {
  const latest = new Map<string, KvPair | bigint | undefined>();
  for (const { revision, changes } of entries) {
    for (const change of changes) {
      const { key } = change;
      if (!wasRead(key)) continue;
      if (change.type === 'delete') latest.set(key, undefined);
      else if (change.value === undefined) latest.set(key, revision);
      else latest.set(key, { key, value: Uint8Array.from(change.value), lastIndex: revision });
    }
  }
  for (const [key, pair] of latest) {
    if (typeof pair !== 'bigint') read.set(key, pair !== undefined && keysOnly ? withoutValue(pair) : pair);
    else if (keysOnly) read.set(key, withoutValue({ key, value: new Uint8Array(), lastIndex: pair }));
    else if (read.get(key)?.lastIndex !== pair) return false;
  }
  return true;
}

/** The same key may be asked for twice. */
function copied(pair: KvPair | undefined): KvPair | undefined {
  return pair === undefined ? undefined : { ...pair, value: pair.value.slice() };
}
