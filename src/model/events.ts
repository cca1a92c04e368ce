import type { Version } from '../wire/generated/common.ts';
import type { Kind, Kinds } from '../wire/generated/kinds.ts';

/** An object was created. */
export interface CreateEvent<K extends Kind> {
  readonly action: 'create';
  readonly kind: K;
  readonly object: Kinds[K];
  readonly oldObject?: undefined;
}

/**
 * An object was replaced. `oldObject` is the object before the update. Live events always have it; a replayed update
 * may lack it.
 */
export interface UpdateEvent<K extends Kind> {
  readonly action: 'update';
  readonly kind: K;
  readonly object: Kinds[K];
  readonly oldObject?: Kinds[K];
}

/** An object was deleted. `object` is its last state. */
export interface DeleteEvent<K extends Kind> {
  readonly action: 'delete';
  readonly kind: K;
  readonly object: Kinds[K];
  readonly oldObject?: undefined;
}

/** A change of one object. A test of `kind` and a test of `action`, in any order, narrow the type. */
export type ObjectEvent<K extends Kind = Kind> = { [P in K]: CreateEvent<P> | UpdateEvent<P> | DeleteEvent<P> }[K];

/** Closes the events of each transaction. */
export interface CommitEvent {
  readonly action: 'commit';
  /** The version of the transaction, where transactions are numbered. */
  readonly version?: Version;
  /** Set when a replica reloaded its contents: the commits between the last one and this one are missing. */
  readonly reset?: true;
  readonly kind?: undefined;
  readonly object?: undefined;
  readonly oldObject?: undefined;
}

/** The events that a watcher delivers. */
export type StoreEvent<K extends Kind = Kind> = ObjectEvent<K> | CommitEvent;

/** A committed transaction: its changes in order. */
export interface Commit {
  readonly version?: Version;
  readonly reset?: true;
  readonly events: readonly ObjectEvent[];
}

// All events are made here, so that they have few hidden classes. Events are frozen, because watchers share them.

export function createEvent<K extends Kind>(kind: K, object: Kinds[K]): ObjectEvent {
  return Object.freeze<CreateEvent<K>>({ action: 'create', kind, object }) as unknown as ObjectEvent;
}

export function updateEvent<K extends Kind>(kind: K, object: Kinds[K], oldObject: Kinds[K]): ObjectEvent {
  return Object.freeze<UpdateEvent<K>>({ action: 'update', kind, object, oldObject }) as unknown as ObjectEvent;
}

/** A replayed update whose old object is unknown. */
export function orphanUpdateEvent<K extends Kind>(kind: K, object: Kinds[K]): ObjectEvent {
  return Object.freeze<UpdateEvent<K>>({ action: 'update', kind, object }) as unknown as ObjectEvent;
}

/** A transaction as it is published. `version` and `reset` are absent where they are undefined. */
export function commitOf(
  events: readonly ObjectEvent[],
  version: Version | undefined,
  reset: true | undefined,
): Commit {
  if (reset !== undefined) return version === undefined ? { events, reset } : { events, version, reset };
  return version === undefined ? { events } : { events, version };
}

const plainCommitEvent: CommitEvent = Object.freeze<CommitEvent>({ action: 'commit' });

/** The event that closes a transaction. Transactions without version and reset share one event. */
export function commitEventOf({ version, reset }: Commit): CommitEvent {
  if (reset !== undefined)
    return Object.freeze<CommitEvent>(
      version === undefined ? { action: 'commit', reset } : { action: 'commit', version, reset },
    );
  return version === undefined ? plainCommitEvent : Object.freeze<CommitEvent>({ action: 'commit', version });
}

export function deleteEvent<K extends Kind>(kind: K, object: Kinds[K]): ObjectEvent {
  return Object.freeze<DeleteEvent<K>>({ action: 'delete', kind, object }) as unknown as ObjectEvent;
}
