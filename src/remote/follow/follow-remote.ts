import { RemoteError } from '../../errors/remote-error.ts';
import { loadGrpc } from '../../grpc/load-grpc.ts';
import { usualTimings } from '../../readable/source-follower.ts';
import type { FollowerTimings } from '../../readable/source-follower.ts';
import { FollowChecks } from '../feed/follow-options.ts';
import type { RemoteFollowOptions } from '../feed/follow-options.ts';
import { RemoteFollower } from '../feed/remote-follower.ts';
import { startFollowing } from '../feed/remote-store.ts';
import type { RemoteStore } from '../feed/remote-store.ts';
import type { CredentialOptions } from './credentials.ts';
import { runRemoteSession } from './remote-session.ts';
import { parseRemoteTarget } from './remote-target.ts';

/** Options of {@link followRemote}. */
export interface FollowRemoteOptions extends RemoteFollowOptions, CredentialOptions {}

const checks = new FollowChecks<FollowRemoteOptions>('followRemote', ['ca', 'cert', 'key', 'serverName']);

/**
 * Follows a store that `serveSwarm` serves in another process, and resolves with its first contents. `url` is
 * `unix:///run/store.sock` or `host:port`. Needs the package `@grpc/grpc-js`.
 *
 * A lost connection is made again for as long as it takes: the status is then `stale`. Where the server still has the
 * missed commits they come one by one; else the contents are read anew, and the difference is one commit.
 *
 * Rejects with a `RemoteError`, or with the reason of the signal. `ERR_REMOTE_NOT_REACHABLE` comes only after
 * `timeoutMs`, because it may pass.
 *
 * @example
 * ```ts
 * import { follow } from 'swarmstate/cache';
 * import { followRemote } from 'swarmstate/remote';
 *
 * const remote = await followRemote('unix:///run/swarmstate.sock');
 * using follower = follow(remote.store, { tables: ['task'] });
 * for await (const { cause, events } of follower) console.log(cause, events.length);
 * ```
 */
export function followRemote(url: string, options: FollowRemoteOptions = {}): Promise<RemoteStore> {
  return followRemoteWith(usualTimings, url, options);
}

/** {@link followRemote} with other times. */
export async function followRemoteWith(
  timings: FollowerTimings,
  url: string,
  options: FollowRemoteOptions,
): Promise<RemoteStore> {
  const { tables, history, timeoutMs, signal } = checks.common(options);
  const { ca, cert, key, serverName } = options;
  for (const [name, value] of Object.entries({ ca, cert, key }) as ['ca' | 'cert' | 'key', unknown][]) {
    const valid = value === undefined || value instanceof Uint8Array || (typeof value === 'string' && value !== '');
    // The value may be a key: the message describes it and does not show it.
    checks.checks.valid(valid, name, typeof value === 'string' ? undefined : value, 'PEM, or the path of a file');
  }
  const isName = serverName === undefined || (typeof serverName === 'string' && serverName !== '');
  checks.checks.valid(isName, 'serverName', serverName, 'a name');
  const target = parseRemoteTarget(url);
  signal?.throwIfAborted();
  const module = await loadGrpc(
    (text, cause) =>
      new RemoteError(
        'ERR_REMOTE_CLIENT_MISSING',
        `followRemote needs the package ${text}`,
        { packageName: '@grpc/grpc-js' },
        { cause },
      ),
  );
  const server = { module, target, credentials: { ca, cert, key, serverName }, tables, timeoutMs };
  const follower = new RemoteFollower({
    target: target.text,
    history,
    timeoutMs,
    signal,
    timings,
    session: (parts) => runRemoteSession(server, parts),
  });
  return startFollowing(follower, target.text);
}
