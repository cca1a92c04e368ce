import { RemoteError } from '../../errors/remote-error.ts';
import { loadGrpc } from '../../grpc/load-grpc.ts';
import { followMethod } from '../follow/follow-method.ts';
import { RpcServer } from '../rpc/rpc-server.ts';
import type { ServerEvents, ServerStats } from '../rpc/rpc-server.ts';
import type { ServedMethod } from '../rpc/served-method.ts';
import type { ReadableStore } from '../../readable/readable-store.ts';
import { controlMethods } from './control/control-methods.ts';
import { checkServeOptions } from './options.ts';
import type { ServeSwarmOptions } from './options.ts';
import { storeFailure } from './store-failure.ts';
import { watchMethod } from './watch/watch-method.ts';

/** A store that is served. */
export interface SwarmServer {
  /** The address that the server listens at: `unix:///run/store.sock`, or `host:port` with the port that was given. */
  readonly address: string;
  /** Figures about load. */
  stats(): ServerStats;
  /** Reads the files of the certificates again, for new connections. Throws `ERR_REMOTE_CERTIFICATE`. */
  reloadCertificates(): void;
  /** Registers a handler; returns the function that removes it. */
  on<E extends keyof ServerEvents>(event: E, handler: (payload: ServerEvents[E]) => void): () => void;
  /** Ends all streams with the status `UNAVAILABLE`, and the connections. The store stays open. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The methods that are served of a store. */
function methodsOf(
  store: ReadableStore,
  { foldNames, limits: { sharedBytes } }: ReturnType<typeof checkServeOptions>,
): readonly ServedMethod[] {
  return [watchMethod(store, foldNames), ...controlMethods(store), followMethod(store, { sharedBytes })];
}

/**
 * Serves a store to other processes over gRPC: to swarmkit's own clients, to `followSwarm` and to `followRemote`. Any
 * store works: a `MemoryStore`, a `ReplicatedStore`, the store of a followed swarm or of a folder. Nobody can write
 * through it. Needs the package `@grpc/grpc-js`.
 *
 * Rejects with `ERR_REMOTE_INSECURE` for an address that needs TLS, `ERR_REMOTE_CERTIFICATE`,
 * `ERR_REMOTE_ADDRESS_IN_USE`, `ERR_REMOTE_NOT_PERMITTED`, `ERR_REMOTE_ADDRESS`, `ERR_REMOTE_INVALID_ARGUMENT` and
 * `ERR_REMOTE_CLIENT_MISSING`.
 *
 * @example
 * ```ts
 * import { MemoryStore } from 'swarmstate';
 * import { serveSwarm } from 'swarmstate/remote';
 *
 * const store = new MemoryStore({ history: 1000 });
 * const server = await serveSwarm(store, { listen: 'unix:///run/swarmstate.sock' });
 * console.log(server.address);
 * await server.close();
 * ```
 */
export async function serveSwarm(store: ReadableStore, options: ServeSwarmOptions): Promise<SwarmServer> {
  const checked = checkServeOptions(options);
  const module = await loadGrpc(
    (text, cause) =>
      new RemoteError(
        'ERR_REMOTE_CLIENT_MISSING',
        `to serve a store over gRPC, it needs the package ${text}`,
        { packageName: '@grpc/grpc-js' },
        { cause },
      ),
  );
  const server = await RpcServer.start(module, methodsOf(store, checked), storeFailure, checked);
  return {
    address: server.address,
    stats: () => server.stats(),
    reloadCertificates: () => server.reloadCertificates(),
    on: (event, handler) => server.events.on(event, handler),
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
