import type { ObjectEvent } from '../model/events.ts';
import { createEvent, deleteEvent, updateEvent } from '../model/events.ts';
import type { Version } from '../wire/generated/common.ts';
import type { Kind, Kinds } from '../wire/generated/kinds.ts';

/** A report of a follower: changes that happened to its rows in one step. */
export interface FollowedCommit<K extends Kind = Kind> {
  /**
   * The origin of the changes:
   *
   * - `initial`: the rows at the beginning, as creates;
   * - `commit`: one transaction of the source;
   * - `resync`: the net difference over several transactions, because single ones were missed or not read in time.
   */
  readonly cause: 'initial' | 'commit' | 'resync';
  /** The version of the state after the changes, where the source numbers its transactions. */
  readonly version: Version | undefined;
  /**
   * The changes. `initial` and `resync` have at most one for each object; a `commit` has all of its transaction. An
   * object that enters or leaves the followed part of a table is a create or a delete. Updates always have the old
   * object.
   */
  readonly events: readonly ObjectEvent<K>[];
}

interface NetChange {
  readonly kind: Kind;
  readonly before: Kinds[Kind] | undefined;
  after: Kinds[Kind] | undefined;
}

/** Several commits as one: their net difference. `add` is O(events). Holds one entry for each changed object. */
export class NetChanges {
  readonly #changes = new Map<string, NetChange>();
  #cause: FollowedCommit['cause'] = 'resync';
  #version: Version | undefined;

  add(commit: FollowedCommit): void {
    if (commit.cause === 'initial') this.#cause = 'initial';
    this.#version = commit.version;
    for (const event of commit.events) {
      const key = `${event.kind} ${event.object.id}`;
      const after = event.action === 'delete' ? undefined : event.object;
      const known = this.#changes.get(key);
      if (known !== undefined) known.after = after;
      else
        this.#changes.set(key, {
          kind: event.kind,
          before: event.action === 'delete' ? event.object : event.oldObject,
          after,
        });
    }
  }

  /** The net difference as one commit. Deletes come first, so that two objects never have the same name in between. */
  commit(): FollowedCommit {
    const deletes: ObjectEvent[] = [];
    const others: ObjectEvent[] = [];
    for (const { kind, before, after } of this.#changes.values()) {
      if (before === after) continue;
      if (after === undefined) deletes.push(deleteEvent(kind, before as Kinds[Kind]));
      else others.push(before === undefined ? createEvent(kind, after) : updateEvent(kind, after, before));
    }
    return Object.freeze<FollowedCommit>({
      cause: this.#cause,
      version: this.#version,
      events: Object.freeze([...deletes, ...others]),
    });
  }
}
