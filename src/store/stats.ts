import type { Database } from '../engine/database.ts';
import { kinds, tableNames } from '../model/schema/kinds.ts';
import type { WatchHub } from '../watch/watch-hub.ts';
import type { Kind } from '../wire/generated/kinds.ts';
import type { PinnedStates } from './reading/pinned-states.ts';
import type { StoreTables } from './transaction/store-tables.ts';
import type { Decider } from './writing/decider.ts';
import type { StoreWriter } from './writing/writer.ts';

/** What a store says about its size and load. */
export interface StoreStats {
  /** Rows by table. */
  readonly rows: { readonly [K in Kind as (typeof tableNames)[K]]: number };
  /** Snapshots that are open, those of asynchronous views included. */
  readonly snapshots: number;
  /** For how long the oldest of them has been open, in milliseconds. */
  readonly oldestSnapshotMs: number;
  /** Old versions of objects that are kept for them. */
  readonly retainedVersions: number;
  /** Watchers that have not ended. */
  readonly watchers: number;
  /** The largest number of events that wait for one of them. */
  readonly watcherLag: number;
  /** Commits that are kept for `watchFrom`. */
  readonly history: number;
  /** Writers that wait for the turn. */
  readonly waiting: number;
  /** For how long the turn has been held across awaits, in milliseconds; 0 when it is not. */
  readonly heldMs: number;
  /** Proposals of more than one update at once, since the start. */
  readonly groups: number;
  /** The updates in them. */
  readonly groupedUpdates: number;
}

/** Collects the figures of a store. O(tables + watchers). */
export function collectStats(parts: {
  readonly database: Database;
  readonly tables: StoreTables;
  readonly states: PinnedStates;
  readonly writer: StoreWriter;
  readonly decider: Decider;
  readonly hub: WatchHub;
}): StoreStats {
  const { database, tables, states, writer, decider, hub } = parts;
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
