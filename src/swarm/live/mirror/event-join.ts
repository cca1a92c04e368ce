import { kinds, tableNames } from '../../../model/schema/kinds.ts';
import { StoreActionKind, WatchActionKind } from '../../../wire/generated/enums.ts';
import { kindTypes } from '../../../wire/generated/kinds.ts';
import type { Kind, KindInputs, Kinds } from '../../../wire/generated/kinds.ts';
import { StoreAction } from '../../../wire/generated/raft.ts';
import type { StoreSnapshot } from '../../../wire/generated/snapshot.ts';
import type { WatchMessage, WatchObject } from '../../../wire/generated/watch.ts';
import type { MessageType } from '../../../wire/codec/message-type.ts';
import { redactObject } from '../../../readable/redact.ts';
import type { Redaction } from '../../../readable/redact.ts';
import { rowKey } from '../../../readable/rows.ts';
import type { Rows } from '../../../readable/rows.ts';

/** Removals that are remembered, far more than a watch can repeat after an interruption. */
const MOST_REMOVED = 10_000;

/** The log index that a change was based on, which an object carries. 0 where the swarm gave none. */
export function baseOf(object: Kinds[Kind]): number {
  return object.meta.version.index;
}

/**
 * Puts the messages of a watch over rows that may have some of their changes already. A repeated or older change is
 * dropped, so that no row goes back in time.
 *
 * An object carries the log index before its own transaction, and transactions are decided one after another. So an
 * object with a lower index is older than one with a higher index. A list whose highest index is M has every
 * transaction with a lower index.
 */
export class EventJoin {
  readonly #redaction: Redaction;
  /** The highest index in the list of each kind. */
  #listed: ReadonlyMap<Kind, number> = new Map();
  /** The objects that were removed last, oldest first, with their last index. Ids are not used again. */
  readonly #removed = new Map<string, number>();
  #index: number | undefined;

  constructor(redaction: Redaction) {
    this.#redaction = redaction;
  }

  /**
   * The highest log index of which every change, and every change before, has come in a message. Undefined as long as
   * no message told an index.
   */
  get index(): number | undefined {
    return this.#index;
  }

  /**
   * Starts anew over rows that come from lists, in the place of `stored`. A stored object that is not listed was
   * removed before: whatever the watch still tells of it is older.
   */
  restart(listed: ReadonlyMap<Kind, number>, rows: Rows, stored: StoreSnapshot): void {
    for (const kind of kinds) {
      for (const object of stored[tableNames[kind]])
        if (rows.get(kind, object.id) === undefined) this.#noteRemoved(rowKey(kind, object.id), Infinity);
    }
    this.#listed = listed;
    this.#index = undefined;
  }

  /** The changes that a message makes to `rows`, which get them. O(events). */
  join(message: WatchMessage, rows: Rows): StoreAction[] {
    const { events, version } = message;
    const actions: StoreAction[] = [];
    this.#reach(Math.max(0, ...events.map(({ action, object }) => announced(action, object))));
    for (const { action, object } of events) {
      const kind = object === undefined ? undefined : kinds.find((name) => object[name] !== undefined);
      const given = kind === undefined ? undefined : object?.[kind];
      if (kind === undefined || given === undefined) continue;
      const change = action === WatchActionKind.REMOVE ? this.#remove(kind, given, rows) : this.#put(kind, given, rows);
      if (change !== undefined) actions.push(change);
    }
    if (version !== undefined) this.#reach(version.index);
    return actions;
  }

  #put<K extends Kind>(kind: K, given: Kinds[K], rows: Rows): StoreAction | undefined {
    const { id } = given;
    const base = baseOf(given);
    const stored = rows.get(kind, id);
    if (stored === undefined) {
      const removed = this.#removed.get(rowKey(kind, id)) ?? -1;
      if (base < (this.#listed.get(kind) ?? 0) || base <= removed) return undefined;
    } else if (base < baseOf(stored)) return undefined;
    const type: MessageType<Kinds[K], KindInputs[K]> = kindTypes[kind];
    const object = type.from(redactObject(kind, given, this.#redaction), stored);
    if (object === stored) return undefined;
    rows.set(kind, id, object);
    const action = stored === undefined ? StoreActionKind.CREATE : StoreActionKind.UPDATE;
    return StoreAction.from({ action, [kind]: object });
  }

  #remove<K extends Kind>(kind: K, given: Kinds[K], rows: Rows): StoreAction | undefined {
    const { id } = given;
    const base = baseOf(given);
    const stored = rows.get(kind, id);
    // The removal of an object of that id which was there before.
    if (stored !== undefined && base !== 0 && base < baseOf(stored)) return undefined;
    const last = Math.max(base, stored === undefined ? 0 : baseOf(stored));
    this.#noteRemoved(rowKey(kind, id), last);
    if (stored === undefined) return undefined;
    rows.set(kind, id, undefined);
    return StoreAction.from({ action: StoreActionKind.REMOVE, [kind]: stored });
  }

  #noteRemoved(key: string, last: number): void {
    if (last === 0) return;
    this.#removed.set(key, last);
    if (this.#removed.size <= MOST_REMOVED) return;
    for (const oldest of this.#removed.keys()) {
      this.#removed.delete(oldest);
      return;
    }
  }

  /** Notes that all changes up to an index have come. */
  #reach(index: number): void {
    if (index > (this.#index ?? 0)) this.#index = index;
  }
}

/**
 * The index up to which every change came before this event. A removed object tells nothing: its last change is old.
 */
function announced(action: WatchActionKind, object: WatchObject | undefined): number {
  if (action === WatchActionKind.REMOVE || object === undefined) return 0;
  for (const kind of kinds) {
    const given = object[kind];
    if (given !== undefined) return baseOf(given);
  }
  return 0;
}
