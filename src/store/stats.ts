import type { Database } from '../engine/database.ts';
import { kinds, tableNames } from '../model/schema/kinds.ts';
import type { WatchHub } from '../watch/watch-hub.ts';
import type { Kind } from '../wire/generated/kinds.ts';
import type { PinnedStates } from './reading/pinned-states.ts';
import type { StoreTables } from './transaction/store-tables.ts';
import type { Decider } from './writing/decider.ts';
import type { StoreWriter } from './writing/writer.ts';

/** Figures of a store's size and load. */
export interface StoreStats {
  /** Rows by table. */
  readonly rows: { readonly [K in Kind as (typeof tableNames)[K]]: number };
  /** Snapshots that are open, those of asynchronous views included. */
  readonly snapshots: number;
  /** The age of the oldest open snapshot, in milliseconds. */
  readonly oldestSnapshotMs: number;
  /** Old versions of objects that are kept for open snapshots. */
  readonly retainedVersions: number;
  /** Watchers that have not ended. */
  readonly watchers: number;
  /** The largest number of unread events of one watcher. */
  readonly watcherLag: number;
  /** Commits that are kept for `watchFrom`. */
  readonly history: number;
  /** Writers in the write queue. */
  readonly waiting: number;
  /** How long the write lock has been held across awaits, in milliseconds; 0 when it is free. */
  readonly heldMs: number;
  /** Proposals of more than one update at once, since the start. */
  readonly groups: number;
  /** Updates in those proposals. */
  readonly groupedUpdates: number;
}

/** Collects the figures of a store. O(tables + watchers). */
export function collectStats(parts: {
  readonly database: Database;
  readonly tables: StoreTables;
  readonly reader: { readonly states: PinnedStates };
  readonly writer: StoreWriter;
  readonly decider: Decider;
  readonly hub: WatchHub;
}): StoreStats {
  const { database, tables, writer, decider, hub } = parts;
  const { states } = parts.reader;
  // An open transaction's rows do not count yet.
  const snapshot = database.writing ? database.snapshot() : undefined;
  const rows = Object.fromEntries(
    kinds.map((kind) => [
      tableNames[kind],
      (snapshot === undefined ? tables[kind].rows.head : tables[kind].rows.at(snapshot)).size,
    ]),
  );
  snapshot?.close();
  return {
    rows: rows as StoreStats['rows'],
    snapshots: states.size,
    oldestSnapshotMs: states.oldestMs,
    retainedVersions: database.retainedVersions,
    watchers: hub.size,
    watcherLag: hub.largestLag,
    history: hub.historySize,
    waiting: writer.lock.waiting,
    heldMs: writer.wedge.heldMs,
    groups: decider.groups,
    groupedUpdates: decider.groupedUpdates,
  };
}
