import { abortable } from '../../../base/async/abortable.ts';
import { pause } from '../../../base/async/pause.ts';
import { KvError } from '../../../errors/kv-error.ts';
import { failureOf, LostConnection } from './failure.ts';
import { Session } from './session.ts';
import type { ZkLibrary } from './client.ts';
import type { CheckedOptions } from './options.ts';
import type { Server } from './endpoint.ts';

/** The wait between two attempts to reach a server, in milliseconds. */
const attemptMs = 20;

/** The most that a server has to open a session, in milliseconds. */
const mostOpenMs = 2000;

/** The connection of a store: a session with one of the servers, and a new one where it breaks. */
export class ZookeeperConnection {
  readonly #library: ZkLibrary;
  readonly #servers: readonly Server[];
  readonly #options: CheckedOptions;
  readonly #stopped = new AbortController();
  readonly #onBreak: (() => void)[] = [];
  /** The servers that do not take requests for several nodes. */
  readonly #old = new Set<Server>();
  #session: Session | undefined;
  #next: Promise<Session> | undefined;
  #at: number;

  constructor(library: ZkLibrary, servers: readonly Server[], options: CheckedOptions) {
    this.#library = library;
    this.#servers = servers;
    this.#options = options;
    this.#at = Math.floor(Math.random() * servers.length);
  }

  /** Aborts at `close`. */
  get stopped(): AbortSignal {
    return this.#stopped.signal;
  }

  /** Calls `callback` whenever a session has ended. Its watches are gone then. */
  onBreak(callback: () => void): void {
    this.#onBreak.push(callback);
  }

  /** Reads. The reading is done again where the connection breaks, as long as the time allows. */
  async read<T>(work: (session: Session) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const deadline = performance.now() + this.#options.timeoutMs;
    for (;;) {
      try {
        const reading = this.session(deadline).then(work);
        return await (signal === undefined ? reading : abortable(reading, signal));
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason;
        this.throwIfStopped();
        if (!(error instanceof LostConnection) || performance.now() >= deadline) throw failureOf(error, 'read');
      }
      await pause(attemptMs, this.stopped);
    }
  }

  /** A working session. Rejects with `LostConnection` at the deadline, by `performance.now()`. */
  async session(deadline: number): Promise<Session> {
    for (;;) {
      this.throwIfStopped();
      if (this.#session?.isOpen === true) return this.#session;
      try {
        this.#next ??= this.#connect().finally(() => (this.#next = undefined));
        return await this.#next;
      } catch (error) {
        this.throwIfStopped();
        if (performance.now() >= deadline) throw error;
      }
      await pause(attemptMs, this.stopped);
    }
  }

  throwIfStopped(): void {
    if (this.#stopped.signal.aborted) {
      throw new KvError('ERR_KV_CLOSED', 'the store was closed while the call waited', { backend: 'zookeeper' });
    }
  }

  close(): void {
    this.#stopped.abort();
    this.#session?.close();
  }

  readonly #broken = (): void => {
    for (const callback of this.#onBreak) callback();
  };

  /** Tries the servers, each once. */
  async #connect(): Promise<Session> {
    let problem: unknown;
    // A server that is starting may never answer a first request, and answers the next one.
    const openMs = Math.min(mostOpenMs, this.#options.timeoutMs / (2 * this.#servers.length));
    for (let tried = 0; tried < this.#servers.length; tried++) {
      this.throwIfStopped();
      const server = this.#servers[this.#at] as Server;
      const isOld = this.#old.has(server);
      const attempt = new Session(this.#library, server, this.#options, openMs, this.#broken, isOld);
      const stop = (): void => attempt.close();
      this.stopped.addEventListener('abort', stop);
      try {
        await attempt.opened;
        this.#session = attempt;
        return attempt;
      } catch (error) {
        problem = error;
        if (attempt.isOld) this.#old.add(server);
        this.#at = (this.#at + 1) % this.#servers.length;
      } finally {
        this.stopped.removeEventListener('abort', stop);
      }
    }
    throw problem;
  }
}
