import type * as library from 'node-zookeeper-client';
import { MultiRead } from './multi-read.ts';
import type { ZkNode, ZkStat } from './node.ts';

/** The package `node-zookeeper-client`. */
export type ZkLibrary = typeof library;

/** A step of a transaction of ZooKeeper. A `version` of -1 stands for any. */
export type ZkOperation =
  | { readonly type: 'create'; readonly path: string; readonly data: Buffer }
  | { readonly type: 'set'; readonly path: string; readonly data: Buffer; readonly version: number }
  | { readonly type: 'remove'; readonly path: string; readonly version: number }
  | { readonly type: 'check'; readonly path: string; readonly version: number };

/** The result of a step of a transaction; `stat` is there after a `set`, `err` after a refusal. */
export interface ZkResult {
  readonly stat?: ZkStat;
  readonly err?: number;
}

type Done<T> = (error: Error | null | undefined, result?: T) => void;

/** The parts of the package's client that are not in its types, and that this file alone uses. */
interface Internals {
  state: number;
  servers: { readonly host: string; readonly port: number }[];
  socket?: { destroy(): void };
  sessionTimeout: number;
  connectTimeoutHandler?: ReturnType<typeof setTimeout> | null;
  pendingBuffer: Buffer | null;
  /** The requests that were sent and are not answered, in order. */
  pendingQueue: { readonly request: unknown; readonly callback: (error: Error | null, answer?: unknown) => void }[];
  connect: () => void;
  onSocketData: (packet: Buffer) => void;
  queue(request: MultiRead, callback: (error: Error | null, answer?: unknown) => void): void;
  on(event: 'state', listener: (state: number) => void): void;
}

interface Client {
  readonly connectionManager: Internals;
  connect(): void;
  close(): void;
  addAuthInfo(scheme: string, auth: Buffer): void;
  create(path: string, data: Buffer, acls: readonly unknown[], done: Done<string>): void;
  remove(path: string, version: number, done: Done<undefined>): void;
  setData(path: string, data: Buffer, version: number, done: Done<ZkStat>): void;
  getData(
    path: string,
    watcher: (() => void) | undefined,
    done: (error: Error | null, data: Buffer | undefined, stat: ZkStat) => void,
  ): void;
  exists(path: string, watcher: (() => void) | undefined, done: Done<ZkStat | null>): void;
  getChildren(path: string, watcher: (() => void) | undefined, done: Done<string[]>): void;
  transaction(): { readonly ops: object[]; commit(done: Done<ZkResult[]>): void };
}

/** States of the package's connection manager. */
const states = { disconnected: 0, connected: 2, closing: -1, expired: -3, refused: -4 } as const;

/** Numbers of requests in ZooKeeper's protocol. */
const numbers = { create: 1, remove: 2, set: 5, check: 13 } as const;

export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  readonly sessionTimeoutMs: number;
  readonly account: { readonly user: string; readonly password: string } | undefined;
  readonly access: 'user' | 'everybody';
}

/**
 * One connection of `node-zookeeper-client` to one server. A broken one is never connected again: the package would
 * send queued writes once more, and go on in the middle of a packet. Nor does the package notice a silent server.
 */
export class ZkClient {
  readonly #client: Client;
  readonly #acl: readonly unknown[];
  #rest: Buffer | undefined;
  #isEnded = false;
  /** When the server was heard last, by `performance.now()`. */
  heard: number = performance.now();

  constructor(
    { createClient, ACL }: ZkLibrary,
    { host, port, sessionTimeoutMs, account, access }: ClientOptions,
    events: { connected(): void; ended(why: string): void },
  ) {
    const options = { sessionTimeout: sessionTimeoutMs, spinDelay: 0, retries: 0 };
    const client = createClient('127.0.0.1:1', options) as unknown as Client;
    this.#client = client;
    const lists = ACL as unknown as { readonly CREATOR_ALL_ACL: unknown[]; readonly OPEN_ACL_UNSAFE: unknown[] };
    this.#acl = access === 'user' ? lists.CREATOR_ALL_ACL : lists.OPEN_ACL_UNSAFE;
    const manager = client.connectionManager;
    manager.servers = [{ host, port }];
    const end = (why: string): void => {
      if (this.#isEnded) return;
      this.end();
      events.ended(why);
    };
    manager.on('state', (state) => {
      if (state === states.connected) {
        this.heard = performance.now();
        events.connected();
      } else if (state === states.refused) end('the server refuses the user and the password');
      else if (state === states.expired) end('the server ended the session');
      else if (state === states.disconnected) end('the connection was closed');
    });
    // The package takes packets apart in quadratic time, and throws for errors that it does not know.
    const take = manager.onSocketData;
    manager.onSocketData = (part) => {
      this.heard = performance.now();
      try {
        for (const packet of this.#packets(part)) {
          if (this.#isEnded) break;
          const [oldest] = manager.pendingQueue;
          if (oldest?.request instanceof MultiRead && oldest.request.isAnsweredBy(packet)) {
            manager.pendingQueue.shift();
            oldest.callback(null, oldest.request.answerOf(packet));
          } else take.call(manager, packet);
        }
      } catch (error) {
        end(`its answer cannot be read (${error instanceof Error ? error.message : String(error)})`);
      }
    };
    if (account !== undefined) client.addAuthInfo('digest', Buffer.from(`${account.user}:${account.password}`));
    client.connect();
    manager.connect = () => undefined;
  }

  /** The time after which the server ends a silent session, in milliseconds. */
  get sessionTimeoutMs(): number {
    return this.#client.connectionManager.sessionTimeout;
  }

  /** Ends the session at the server, then the connection. */
  close(): void {
    if (this.#isEnded) return;
    if (this.#client.connectionManager.state === states.connected) this.#client.close();
    this.end(50);
  }

  /** Ends the connection. The server ends the session when its time is over. */
  end(afterMs = 0): void {
    this.#isEnded = true;
    const manager = this.#client.connectionManager;
    manager.state = states.closing;
    const destroy = (): void => {
      clearTimeout(manager.connectTimeoutHandler ?? undefined);
      manager.socket?.destroy();
    };
    // The package makes the socket in a later tick.
    if (afterMs > 0) setTimeout(destroy, afterMs);
    else {
      destroy();
      setImmediate(destroy);
    }
  }

  get(path: string, watcher?: () => void): Promise<ZkNode> {
    return new Promise((resolve, reject) => {
      this.#client.getData(path, watcher, (error, data, stat) => {
        if (error) reject(error);
        else resolve({ data: data ?? noBytes, stat });
      });
    });
  }

  /**
   * Several nodes with one request, or the number of ZooKeeper's error for a node. A server before 3.6 rejects with
   * `unimplemented`, and ends the session.
   */
  getMany(paths: readonly string[]): Promise<readonly (ZkNode | number)[]> {
    return asked((done) =>
      this.#client.connectionManager.queue(new MultiRead(paths), (error, answer) =>
        done(error, answer as readonly (ZkNode | number)[]),
      ),
    );
  }

  /** Undefined for a node that does not exist. */
  async stat(path: string, watcher?: () => void): Promise<ZkStat | undefined> {
    const stat = await asked<ZkStat | null>((done) => this.#client.exists(path, watcher, done));
    return stat ?? undefined;
  }

  children(path: string, watcher?: () => void): Promise<readonly string[]> {
    return asked((done) => this.#client.getChildren(path, watcher, done));
  }

  async create(path: string, data: Buffer): Promise<void> {
    await asked<string>((done) => this.#client.create(path, data, this.#acl, done));
  }

  set(path: string, data: Buffer, version: number): Promise<ZkStat> {
    return asked((done) => this.#client.setData(path, data, version, done));
  }

  async remove(path: string, version: number): Promise<void> {
    await asked<undefined>((done) => this.#client.remove(path, version, done));
  }

  /**
   * Does all steps or none. The error of a refusal has the place of the refused one as `step`, counted from the end.
   */
  transaction(operations: readonly ZkOperation[]): Promise<readonly ZkResult[]> {
    const transaction = this.#client.transaction();
    for (const operation of operations) {
      // The methods of the package take version 0 for any version.
      transaction.ops.push({ ...operation, type: numbers[operation.type], acls: this.#acl, mode: 0 });
    }
    return new Promise((resolve, reject) => {
      transaction.commit((error, results) => {
        if (!error) resolve(results ?? []);
        else {
          const refused = results?.findIndex(({ err = 0 }) => err !== 0) ?? -1;
          // Counted from the end, where -1 is the last step.
          reject(Object.assign(error, { step: refused === -1 ? undefined : refused - operations.length }));
        }
      });
    });
  }

  /** The whole packets that have arrived; the beginning of the next one is kept. */
  *#packets(part: Buffer): Generator<Buffer, void> {
    let bytes = this.#rest === undefined ? part : Buffer.concat([this.#rest, part]);
    while (bytes.length >= 4) {
      const end = bytes.readInt32BE(0) + 4;
      if (bytes.length < end) break;
      yield bytes.subarray(0, end);
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes.length === 0 ? undefined : bytes;
  }
}

const noBytes = Buffer.alloc(0);

function asked<T>(ask: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    ask((error, result) => {
      if (error) reject(error);
      else resolve(result as T);
    });
  });
}
