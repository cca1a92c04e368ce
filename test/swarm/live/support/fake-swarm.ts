import { codecs, WatchActionKind } from 'swarmstate/proto';
import { Object as WatchObject, WatchMessage } from 'swarmstate/proto';
import type { Kind, KindInputs, Kinds, WatchMessageEvent } from 'swarmstate/proto';

/** A change of one object: an input without meta, or its removal. */
export type FakeChange = {
  [K in Kind]:
    | { readonly kind: K; readonly put: Omit<KindInputs[K], 'meta'> & { readonly id: string } }
    | { readonly kind: K; readonly remove: string };
}[Kind];

/** An entry of a swarm's log. */
export interface FakeEntry {
  readonly index: number;
  readonly events: readonly WatchMessageEvent[];
  /** The transactions of batches come without a version on the leader. */
  readonly batch: boolean;
}

type Contents = Map<Kind, Map<string, Kinds[Kind]>>;

/** The contents and the log of a swarm, as raft and swarmkit number them. */
export class FakeSwarm {
  readonly log: FakeEntry[] = [];
  readonly #contents: Contents = new Map();
  readonly #listeners = new Set<(entry: FakeEntry) => void>();
  /** Entries up to this index are not kept any more. */
  compacted = 0;
  commitIndex: number;

  constructor(firstIndex = 10) {
    this.commitIndex = firstIndex;
    this.compacted = firstIndex;
  }

  /** Commits one transaction. `noise` entries without changes come before it. */
  commit(
    changes: readonly FakeChange[],
    { batch = false, noise = 0 }: { readonly batch?: boolean; readonly noise?: number } = {},
  ): FakeEntry {
    const base = (this.commitIndex += noise);
    const index = base + 1;
    const events = changes.map((change) => this.#change(change, base));
    this.commitIndex = index;
    const entry = { index, events, batch };
    this.log.push(entry);
    for (const listener of this.#listeners) listener(entry);
    return entry;
  }

  /** Calls `listener` with each new entry; returns the function that ends this. */
  onEntry(listener: (entry: FakeEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  rows<K extends Kind>(kind: K): readonly Kinds[K][] {
    return [...(this.#contents.get(kind)?.values() ?? [])] as Kinds[K][];
  }

  /** The objects of a list, with the fields that swarmkit's lists leave out. */
  list<K extends Kind>(kind: K): readonly Kinds[K][] {
    return this.rows(kind).flatMap((object) => listed(kind, object));
  }

  entriesAfter(index: number): readonly FakeEntry[] {
    return this.log.filter((entry) => entry.index > index);
  }

  #change(change: FakeChange, base: number): WatchMessageEvent {
    const { kind } = change;
    const table = this.#contents.get(kind) ?? new Map<string, Kinds[Kind]>();
    this.#contents.set(kind, table);
    if ('remove' in change) {
      const object = table.get(change.remove);
      if (object === undefined) throw new Error(`there is no ${kind} ${change.remove}`);
      table.delete(change.remove);
      return eventOf(WatchActionKind.REMOVE, kind, object);
    }
    const { put } = change;
    const known = table.has(put.id);
    const object = codecs[kind].from({ ...put, meta: { version: { index: base } } } as never);
    table.set(put.id, object);
    return eventOf(known ? WatchActionKind.UPDATE : WatchActionKind.CREATE, kind, object);
  }
}

/** The message of an entry: a leader tells the version of plain updates, a replay that of every entry. */
export function messageOf(entry: FakeEntry, origin: 'leader' | 'follower' | 'replay'): WatchMessage {
  const told = origin === 'replay' || (origin === 'leader' && !entry.batch);
  return WatchMessage.from({
    events: entry.events,
    ...(told ? { version: { index: entry.index } } : {}),
  });
}

function eventOf(action: WatchActionKind, kind: Kind, object: Kinds[Kind]): WatchMessageEvent {
  return { action, object: WatchObject.from({ [kind]: object }) };
}

function listed<K extends Kind>(kind: K, object: Kinds[K]): readonly Kinds[K][] {
  const emptied = (input: object): readonly Kinds[K][] => [codecs[kind].from(input as KindInputs[K])];
  if (kind === 'secret') {
    const secret = object as Kinds['secret'];
    return secret.internal ? [] : emptied({ ...secret, spec: { ...secret.spec, data: new Uint8Array(0) } });
  }
  if (kind === 'cluster') {
    const cluster = object as Kinds['cluster'];
    return emptied({
      ...cluster,
      rootCa: { ...cluster.rootCa, caKey: new Uint8Array(0) },
      networkBootstrapKeys: [],
      unlockKeys: [],
      encryptionKeyLamportClock: 0,
      fips: false,
      defaultAddressPool: cluster.defaultAddressPool.length === 0 ? ['10.0.0.0/8'] : cluster.defaultAddressPool,
      subnetSize: cluster.defaultAddressPool.length === 0 ? 24 : cluster.subnetSize,
      VXLANUDPPort: cluster.VXLANUDPPort === 0 ? 4789 : cluster.VXLANUDPPort,
    });
  }
  if (kind === 'node')
    return emptied({ ...object, managerStatus: { raftId: 1, addr: '127.0.0.1:2377', leader: true, reachability: 1 } });
  return kind === 'extension' ? [] : [object];
}
