import { background } from '../../base/host/background-timer.ts';
import { onAbort } from '../../base/async/on-abort.ts';
import { pause } from '../../base/async/pause.ts';
import { WakeUp } from '../backend/wake-up.ts';
import { isNoNode } from './connection/failure.ts';
import { readNode } from './reads/node.ts';
import { deletion } from './writes/plan.ts';
import { parentOf } from './writes/nodes.ts';
import type { DriverCall } from '../backend/driver.ts';
import type { ZookeeperConnection } from './connection/connection.ts';
import type { Session } from './connection/session.ts';
import type { ReadContext } from './reads/moment.ts';
import type { NewLease } from './writes/plan.ts';
import type { Writer } from './writes/writer.ts';

/** A lease as this store sees it. */
interface Seen {
  readonly key: string;
  readonly ttl: number;
  /** The version of its node: each renewal makes another. */
  version: number;
  /** When the version was seen first, by `performance.now()`: no earlier than the servers had it. */
  since: number;
  /** The session that tells of renewals. */
  watchedBy: Session | undefined;
  timer?: ReturnType<typeof setTimeout> | undefined;
}

/** The wait before another attempt, in milliseconds. */
const attemptMs = 50;
/** How much longer than the writer of a key other stores wait, so that they do not all delete it at once. */
const othersMs = 100;

/**
 * Deletes keys whose ttl is over. ZooKeeper has no such time: an ephemeral node goes with its session, also before its
 * time. So each key with a ttl has a node in `%ttl` that a renewal writes. Every open store watches these nodes. A key
 * whose node stays the same for the ttl, by a clock of the store, is deleted. While no store is open, none expires.
 */
export class Leases {
  readonly #connection: ZookeeperConnection;
  readonly #context: ReadContext;
  readonly #seen = new Map<string, Seen>();
  readonly #own = new Set<string>();
  #writer: Writer | undefined;

  constructor(connection: ZookeeperConnection, context: ReadContext) {
    this.#connection = connection;
    this.#context = context;
  }

  /** Begins to delete expired keys. */
  start(writer: Writer): void {
    this.#writer = writer;
    void this.#watch();
    onAbort(this.#connection.stopped, () => {
      for (const { timer } of this.#seen.values()) clearTimeout(timer);
    });
  }

  /** Notes a key that this store wrote. */
  written({ id, key, ttl }: NewLease): void {
    this.#own.add(id);
    if (!this.#seen.has(id)) this.#take(id, { key, ttl, version: 0, since: performance.now(), watchedBy: undefined });
  }

  /** Starts the ttl of a lease anew. False for one that is no more. */
  async renew(id: string, key: string, { signal }: DriverCall): Promise<boolean> {
    const path = this.#context.keyspace.leaseOf(id);
    return this.#connection.read(async (session) => {
      try {
        const { data } = await session.get(path);
        if (!data.toString().endsWith(` ${key}`)) return false;
        await session.set(path, data, -1);
        return true;
      } catch (error) {
        if (isNoNode(error)) return false;
        throw error;
      }
    }, signal);
  }

  /** Looks at all leases, and again whenever one comes or goes or the connection breaks. */
  async #watch(): Promise<void> {
    const { stopped } = this.#connection;
    const { leases } = this.#context.keyspace;
    const changed = new WakeUp();
    const wake = (): void => changed.notify();
    this.#connection.onBreak(wake);
    while (!stopped.aborted) {
      const change = changed.wait(stopped);
      try {
        const { session, ids } = await this.#connection.read(
          async (open) => ({ session: open, ids: await open.children(leases, wake) }),
          undefined,
        );
        const there = new Set(ids);
        for (const id of this.#seen.keys()) if (!there.has(id)) this.#forget(id);
        // A new session has none of the watches of the one before.
        for (const id of ids) if (this.#seen.get(id)?.watchedBy !== session) this.#look(session, id);
        await change;
      } catch {
        await pause(attemptMs, stopped);
      }
    }
  }

  /** Reads a lease, and again whenever it is renewed. */
  #look(session: Session, id: string): void {
    const again = (): void => {
      if (!this.#connection.stopped.aborted && session.isOpen) this.#look(session, id);
    };
    session.get(this.#context.keyspace.leaseOf(id), again).then(
      ({ data, stat: { version } }) => {
        const seen = this.#seen.get(id);
        if (seen?.version === version) {
          seen.watchedBy = session;
          return;
        }
        const [, ttl = '0', key = ''] = /^(\d+(?:\.\d+)?) (.+)$/s.exec(data.toString()) ?? [];
        clearTimeout(seen?.timer);
        this.#take(id, { key, ttl: Number(ttl), version, since: performance.now(), watchedBy: session });
      },
      (error: unknown) => {
        if (isNoNode(error)) this.#forget(id);
      },
    );
  }

  #take(id: string, seen: Seen): void {
    this.#seen.set(id, seen);
    if (this.#connection.stopped.aborted) return;
    const late = this.#own.has(id) ? 0 : othersMs * (0.5 + Math.random());
    const expire = (): void => {
      const left = seen.since + seen.ttl - performance.now();
      // A timer may fire early.
      if (left > 0) arm(left);
      else {
        this.#expire(id, seen).catch(() => {
          if (this.#seen.get(id) === seen) arm(attemptMs);
        });
      }
    };
    const arm = (time: number): void => {
      if (!this.#connection.stopped.aborted) seen.timer = background(setTimeout(expire, Math.ceil(time)));
    };
    arm(seen.ttl + late);
  }

  #forget(id: string): void {
    clearTimeout(this.#seen.get(id)?.timer);
    this.#seen.delete(id);
    this.#own.delete(id);
  }

  /** Deletes the key of a lease that was not renewed since it was seen. */
  async #expire(id: string, { key, version }: Seen): Promise<void> {
    const { keyspace, log } = this.#context;
    const lease = keyspace.leaseOf(id);
    const path = keyspace.pathOf(key);
    await this.#writer?.write({ signal: undefined }, async (attempt) => {
      const { session } = attempt;
      const [head, stat, node] = await Promise.all([
        log.head(session),
        session.stat(lease),
        readNode(session, key, path),
      ]);
      // The watch tells of a lease that is gone or was renewed.
      if (stat?.version !== version) return true;
      const steps = [{ type: 'remove', path: lease, version } as const];
      if (node?.pair === undefined || node.lease !== id) {
        // The key was deleted with a range, or somebody wrote it without the store.
        await session.remove(lease, version);
        return true;
      }
      const operations = [...steps, deletion(path, node.version, node.children > 0)];
      await attempt.send(head, { changes: [{ type: 'delete', key }], operations });
      this.#writer?.prune(session, [node.children > 0 ? path : parentOf(path)]);
      return true;
    });
  }
}
