import { changesOfEntry } from '../layout/entry.ts';
import { emptyHead, headOf } from '../layout/head.ts';
import type { ZkNode } from '../connection/node.ts';
import type { Session } from '../connection/session.ts';
import type { EntryChange } from '../layout/entry.ts';
import type { Head } from '../layout/head.ts';
import type { Keyspace } from '../layout/keyspace.ts';

/** The changes of one write. */
export interface LogEntry {
  readonly write: number;
  /** The `lastIndex` of the write: ZooKeeper's number of the transaction. */
  readonly revision: bigint;
  readonly changes: readonly EntryChange[];
}

/** A point in the log of a store. */
export interface Position {
  readonly write: number;
  /** Undefined where the entry of the write is not kept. */
  readonly revision: bigint | undefined;
  /** The `made` of the head. */
  readonly made: bigint;
}

/** The most entries that are read at once, and the most that are remembered for a session. */
const mostAtOnce = 128;
const mostRemembered = 1024;

/** The log of the writes of a store. Entries never change, so that all readers of a session share them. */
export class WriteLog {
  readonly #keyspace: Keyspace;
  readonly #remembered = new WeakMap<Session, Map<number, LogEntry>>();

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  async head(session: Session): Promise<Head> {
    const [node] = await session.getMany([this.#keyspace.head]);
    return this.headOf(node);
  }

  /** The head, out of what a server has at its path. */
  headOf(node: ZkNode | undefined): Head {
    return node === undefined ? emptyHead : headOf(node.data, node.stat, this.#keyspace.head);
  }

  /** The revision of a write; undefined when its entry is not kept. */
  async revisionOf(session: Session, write: number): Promise<bigint | undefined> {
    return (await session.stat(this.#keyspace.entryOf(write)))?.czxid.readBigInt64BE();
  }

  /** The entries after one write, up to another. Undefined when they are not kept. */
  async between(session: Session, after: number, last: number): Promise<readonly LogEntry[] | undefined> {
    const entries: LogEntry[] = [];
    for (let start = after + 1; start <= last; start += mostAtOnce) {
      const length = Math.min(mostAtOnce, last - start + 1);
      const read = await Promise.all(Array.from({ length }, (_, index) => this.#entry(session, start + index)));
      for (const entry of read) {
        if (entry === undefined) return undefined;
        entries.push(entry);
      }
    }
    return entries;
  }

  /** True when the servers still have the history in which the position is. */
  async has(session: Session, { write, revision, made }: Position, head: Head): Promise<boolean> {
    if (head.made !== made || head.writes < write || head.first > write + 1) return false;
    return revision === undefined || write < head.first || (await this.revisionOf(session, write)) === revision;
  }

  async #entry(session: Session, write: number): Promise<LogEntry | undefined> {
    let remembered = this.#remembered.get(session);
    if (remembered === undefined) this.#remembered.set(session, (remembered = new Map<number, LogEntry>()));
    const known = remembered.get(write);
    if (known !== undefined) return known;
    const node = await session.getOrUndefined(this.#keyspace.entryOf(write));
    if (node === undefined) return undefined;
    const entry = { write, revision: node.stat.czxid.readBigInt64BE(), changes: changesOfEntry(node.data) };
    if (remembered.size >= mostRemembered) remembered.delete(remembered.keys().next().value as number);
    remembered.set(write, entry);
    return entry;
  }
}
