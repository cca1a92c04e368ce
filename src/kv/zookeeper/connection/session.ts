import { background } from '../../../base/host/background-timer.ts';
import { ZkClient } from './client.ts';
import { codeOf, isNoNode, LostConnection, ZkCode } from './failure.ts';
import type { CheckedOptions } from './options.ts';
import type { Server } from './endpoint.ts';
import type { ZkNode, ZkStat } from './node.ts';
import type { ZkLibrary, ZkOperation, ZkResult } from './client.ts';

interface Waiting {
  readonly sent: number;
  readonly reject: (error: Error) => void;
}

/**
 * A session with one server. Requests are answered in the order in which they were sent. When it ends, every waiting
 * request rejects with `LostConnection`.
 */
export class Session {
  /** Resolves when requests can be sent. */
  readonly opened: Promise<void>;
  readonly #client: ZkClient;
  readonly #timeoutMs: number;
  readonly #openMs: number;
  readonly #onEnd: () => void;
  readonly #waiting = new Set<Waiting>();
  readonly #clock: ReturnType<typeof setInterval>;
  #problem: LostConnection | undefined;
  #isOpen = false;
  #isOld: boolean;

  /**
   * `openMs` are the milliseconds that the server has to open it. `isOld`: the server is known not to take requests for
   * several nodes.
   */
  constructor(
    library: ZkLibrary,
    { host, port }: Server,
    options: CheckedOptions,
    openMs: number,
    onEnd: () => void,
    isOld: boolean,
  ) {
    this.#isOld = isOld;
    const { sessionTimeoutMs, timeoutMs, account, access } = options;
    this.#timeoutMs = timeoutMs;
    this.#openMs = openMs;
    this.#onEnd = onEnd;
    let open = (): void => undefined;
    this.opened = this.#answer(
      () =>
        new Promise((resolve) => {
          open = resolve;
        }),
    );
    this.opened.catch(() => undefined);
    this.#client = new ZkClient(
      library,
      { host, port, sessionTimeoutMs: Math.ceil(sessionTimeoutMs), account, access },
      {
        connected: () => {
          void this.#probe().then((isUsable) => {
            if (!isUsable) return;
            this.#isOpen = true;
            open();
          });
        },
        ended: (why) => this.#end(`${host}:${port}: ${why}`),
      },
    );
    const period = Math.max(10, Math.min(openMs, sessionTimeoutMs) / 8);
    this.#clock = background(setInterval(() => this.#look(`${host}:${port}`), period));
  }

  /** True for a server that does not take requests for several nodes: it is older than 3.6. */
  get isOld(): boolean {
    return this.#isOld;
  }

  get isOpen(): boolean {
    return this.#isOpen && this.#problem === undefined;
  }

  get(path: string, watcher?: () => void): Promise<ZkNode> {
    return this.#answer(() => this.#client.get(path, watcher));
  }

  /** Undefined for a node that does not exist. */
  async getOrUndefined(path: string): Promise<ZkNode | undefined> {
    try {
      return await this.get(path);
    } catch (error) {
      if (isNoNode(error)) return undefined;
      throw error;
    }
  }

  /** Several nodes, in the order of the paths; undefined for a node that does not exist. */
  async getMany(paths: readonly string[]): Promise<readonly (ZkNode | undefined)[]> {
    if (this.#isOld) return Promise.all(paths.map((path) => this.getOrUndefined(path)));
    const nodes = await this.#answer(() => this.#client.getMany(paths));
    // Other errors than that of an absent node are told by the request of the single node.
    const found: (ZkNode | undefined)[] = [];
    for (const [at, node] of nodes.entries()) {
      if (typeof node !== 'number') found.push(node);
      else found.push(node === ZkCode.noNode ? undefined : await this.getOrUndefined(paths[at] as string));
    }
    return found;
  }

  /** Undefined for a node that does not exist. */
  stat(path: string, watcher?: () => void): Promise<ZkStat | undefined> {
    return this.#answer(() => this.#client.stat(path, watcher));
  }

  children(path: string, watcher?: () => void): Promise<readonly string[]> {
    return this.#answer(() => this.#client.children(path, watcher));
  }

  create(path: string, data: Buffer): Promise<void> {
    return this.#answer(() => this.#client.create(path, data));
  }

  set(path: string, data: Buffer, version: number): Promise<ZkStat> {
    return this.#answer(() => this.#client.set(path, data, version));
  }

  remove(path: string, version: number): Promise<void> {
    return this.#answer(() => this.#client.remove(path, version));
  }

  transaction(operations: readonly ZkOperation[]): Promise<readonly ZkResult[]> {
    return this.#answer(() => this.#client.transaction(operations));
  }

  /**
   * Later requests of this session see every write that had ended before this call. A transaction without effect is
   * agreed on by the servers; ZooKeeper's own `sync` asks the leader alone, which may have lost its place.
   */
  barrier(): void {
    // A refused transaction is one, too. A broken connection fails the requests that follow.
    this.transaction([{ type: 'check', path: '/', version: -1 }]).catch(() => undefined);
  }

  close(): void {
    if (this.#problem === undefined) this.#client.close();
    this.#end('the store was closed', true);
  }

  /**
   * Asks for several nodes before anything else. A server that does not know this request ends the session, and other
   * requests would be lost. False: the session is about to end.
   */
  async #probe(): Promise<boolean> {
    if (this.#isOld) return true;
    try {
      await this.#client.getMany(['/']);
    } catch (error) {
      this.#isOld = codeOf(error) === ZkCode.unimplemented;
      return false;
    }
    return true;
  }

  /** Ends a session that is silent for longer than the server would bear, by a clock of our own. */
  #look(server: string): void {
    const isSilent = (): boolean => {
      const now = performance.now();
      const [oldest] = this.#waiting;
      const limit = this.#isOpen ? this.#timeoutMs : this.#openMs;
      if (oldest !== undefined && now - oldest.sent >= limit) return true;
      return this.#isOpen && now - this.#client.heard >= (this.#client.sessionTimeoutMs * 5) / 6;
    };
    if (!isSilent()) return;
    // After a pause of the whole process, answers may be there already: they are read first.
    setImmediate(() => {
      if (isSilent()) this.#end(`${server}: there was no answer in time`);
    });
  }

  #answer<T>(ask: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#problem !== undefined) {
        reject(this.#problem);
        return;
      }
      const waiting: Waiting = { sent: performance.now(), reject };
      this.#waiting.add(waiting);
      const answered = (): boolean => this.#waiting.delete(waiting);
      ask().then(
        (value) => {
          if (answered()) resolve(value);
        },
        (error: unknown) => {
          if (!answered()) return;
          const code = codeOf(error);
          const isLost = code === ZkCode.connectionLoss || code === ZkCode.sessionExpired;
          reject(isLost ? new LostConnection('the connection was closed') : (error as Error));
        },
      );
    });
  }

  #end(why: string, isClosing = false): void {
    if (this.#problem !== undefined) return;
    this.#problem = new LostConnection(why);
    clearInterval(this.#clock);
    if (!isClosing) this.#client.end();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(this.#problem);
    this.#onEnd();
  }
}
