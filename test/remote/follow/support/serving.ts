import { serveSwarm } from 'swarmstate/remote';
import type { ReadableStore, RemoteStore, ServeSwarmOptions, SwarmServer } from 'swarmstate/remote';
import { followRemoteWith } from '../../../../src/remote/follow/follow-remote.ts';
import type { FollowRemoteOptions } from '../../../../src/remote/follow/follow-remote.ts';
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

export function followQuickly(url: string, options: FollowRemoteOptions = {}): Promise<RemoteStore> {
  return followRemoteWith(quick, url, options);
}
