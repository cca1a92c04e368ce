import * as grpc from '@grpc/grpc-js';
import { serveSwarm } from 'swarmstate/remote';
import type { ReadableStore, RemoteStore, ServeSwarmOptions, SwarmServer } from 'swarmstate/remote';
import { followMethod } from '../../../../src/remote/follow/follow-method.ts';
import { followRemoteWith } from '../../../../src/remote/follow/follow-remote.ts';
import type { FollowRemoteOptions } from '../../../../src/remote/follow/follow-remote.ts';
import { RpcServer } from '../../../../src/remote/rpc/rpc-server.ts';
import { checkServeOptions } from '../../../../src/remote/serve/options.ts';
import { storeFailure } from '../../../../src/remote/serve/store-failure.ts';
import { quick } from '../../events/support/serving.ts';

/** A server at a port of this machine, without TLS. */
export async function serveAt(
  store: ReadableStore,
  port = 0,
  options: Partial<ServeSwarmOptions> = {},
): Promise<SwarmServer & { readonly port: number }> {
  const limits = { graceMs: 50, streamsPerPeer: 1000, ...options.limits };
  const server = await serveSwarm(store, { listen: `127.0.0.1:${port}`, ...options, limits });
  return Object.assign(server, { port: Number(server.address.split(':').at(-1)) });
}

/**
 * A server of `swarmstate.v1.Follow` alone that gives signs of life every few milliseconds. Clients notice a connection
 * that Node.js reads no more within three of them, not by a keepalive after 40 seconds.
 */
export async function serveBeating(store: ReadableStore, port: number, heartbeatMs: number): Promise<BeatingServer> {
  const options = checkServeOptions({
    listen: `127.0.0.1:${port}`,
    limits: { graceMs: 50, streamsPerPeer: 1000 },
  });
  const server = await RpcServer.start(grpc, [followMethod(store, { heartbeatMs })], storeFailure, options);
  return { port: Number(server.address.split(':').at(-1)), [Symbol.asyncDispose]: () => server.close() };
}

/** A server at a port of this machine. */
export interface BeatingServer extends AsyncDisposable {
  readonly port: number;
}

export function followQuickly(url: string, options: FollowRemoteOptions = {}): Promise<RemoteStore> {
  return followRemoteWith(quick, url, options);
}
