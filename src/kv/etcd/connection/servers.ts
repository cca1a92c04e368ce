import { onAbort } from '../../../base/async/on-abort.ts';
import type * as grpc from '@grpc/grpc-js';
import { KvError } from '../../../errors/kv-error.ts';
import { pause } from '../../../base/async/pause.ts';
import { openEndpoint } from './endpoint.ts';
import type { CheckedOptions } from './options.ts';

/**
 * Connections to the servers of a cluster, one for each server. Work goes to the server that answered last, while it
 * answers. Deadlines are times of `performance.now()`: the clock of the system may be set back.
 */
export class EtcdServers {
  readonly #grpc: typeof grpc;
  readonly #clients: readonly grpc.Client[];
  #current = 0;

  constructor(module: typeof grpc, endpoints: readonly string[], options: CheckedOptions) {
    this.#grpc = module;
    this.#clients = endpoints.map((endpoint) => openEndpoint(module, endpoint, options));
  }

  get count(): number {
    return this.#clients.length;
  }

  /** Waits for a connected server. Throws `ERR_KV_NOT_REACHABLE` at the deadline; nothing was sent then. */
  async ready(deadline: number, signal: AbortSignal): Promise<grpc.Client> {
    for (;;) {
      for (let tries = 0; tries < this.#clients.length; tries++) {
        const client = this.#clients[this.#current];
        if (client === undefined) break;
        const now = performance.now();
        const share = now + Math.max(200, (deadline - now) / (this.#clients.length - tries));
        if (await isReady(this.#grpc, client, Math.min(share, deadline), signal)) return client;
        signal.throwIfAborted();
        if (performance.now() >= deadline) throw await notReachable(client);
        this.failed(client);
      }
      await pause(50, signal);
    }
  }

  /** Work goes to the next server from now on, unless it goes to another one than this already. */
  failed(client: grpc.Client): void {
    if (this.#clients[this.#current] === client) this.#current = (this.#current + 1) % this.#clients.length;
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }
}

/**
 * Resolves to true once the server is connected, to false at the deadline. Also resolves to false as soon as an attempt
 * to connect has failed, so that the caller can try another server.
 */
async function isReady(
  module: typeof grpc,
  client: grpc.Client,
  deadline: number,
  signal: AbortSignal,
): Promise<boolean> {
  const channel = client.getChannel();
  const { READY, SHUTDOWN, TRANSIENT_FAILURE } = module.connectivityState;
  for (let tries = 0; ; tries++) {
    signal.throwIfAborted();
    const state = channel.getConnectivityState(true);
    if (state === READY) return true;
    const left = deadline - performance.now();
    if (state === SHUTDOWN || left <= 0 || (state === TRANSIENT_FAILURE && tries > 0)) return false;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        forget();
        resolve();
      };
      const forget = onAbort(signal, done);
      // gRPC takes a time of the system's clock, and makes a timer of it at once.
      channel.watchConnectivityState(state, Date.now() + Math.ceil(left), done);
    });
  }
}

/**
 * Makes the error that says why a server is not connected. The cause is told to calls only: this makes a read that
 * fails at once.
 */
function notReachable(client: grpc.Client): Promise<KvError> {
  const identity = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      '/etcdserverpb.KV/Range',
      identity,
      identity,
      Buffer.alloc(0),
      { deadline: Date.now() + 50 },
      (cause) => {
        const why = cause?.details ?? 'it came back too late';
        const message = `no server of etcd could be reached in time: ${why}; nothing was sent; check the endpoints`;
        resolve(new KvError('ERR_KV_NOT_REACHABLE', message, { backend: 'etcd' }, { cause }));
      },
    );
  });
}
