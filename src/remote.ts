/**
 * A store for other processes.
 *
 * @module swarmstate/remote
 */
export { RemoteError, isRemoteError } from './errors/remote-error.ts';
export type { RemoteErrorCode, RemoteErrorConstructor, RemoteErrorData } from './errors/remote-error.ts';
export type { Access, Authorize } from './remote/rpc/access.ts';
export type { TlsOptions } from './remote/rpc/certificates.ts';
export type { ServerLimits } from './remote/rpc/limits.ts';
export type { RemotePeer } from './remote/rpc/peer.ts';
export type { ServerEvents, ServerProblem, ServerStats } from './remote/rpc/rpc-server.ts';
export type { ServeSwarmOptions } from './remote/serve/options.ts';
export { serveSwarm } from './remote/serve/serve-swarm.ts';
export type { SwarmServer } from './remote/serve/serve-swarm.ts';
export { followRemote } from './remote/follow/follow-remote.ts';
export type { FollowRemoteOptions } from './remote/follow/follow-remote.ts';
export type { CredentialOptions } from './remote/follow/credentials.ts';
export type { RemoteFollowOptions } from './remote/feed/follow-options.ts';
export type { RemoteStore } from './remote/feed/remote-store.ts';
export type { RemoteEvents, RemoteRetry, RemoteStatus, RemoteStatusChange } from './remote/feed/status.ts';
export type { ReadableStore } from './readable/readable-store.ts';
