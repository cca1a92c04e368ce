import { isThenable } from '../../base/synchronous.ts';
import { RpcFailure } from './rpc-failure.ts';
import type { RemotePeer } from './peer.ts';

/**
 * The right of a peer to call a method. `false`: no right. `true`: the peer sees objects without their secrets.
 * `'secrets'`: the peer sees the secrets, too.
 */
export type Access = boolean | 'secrets';

/**
 * Decides about a call. `method` is its path, such as `/docker.swarmkit.v1.Watch/Watch`. An error, a rejection and any
 * other value than `true` and `'secrets'` refuse the call.
 */
export type Authorize = (peer: RemotePeer, method: string) => Access | Promise<Access>;

/** The rules of a server. */
export interface AccessRules {
  /** A peer with a certificate needs one of these roles. */
  readonly roles: readonly string[];
  /** Asked about peers that have the role. Without it they may call the methods, and see no secrets. */
  readonly authorize: Authorize | undefined;
  /** Told of errors of `authorize`. */
  readonly onError: (error: unknown, peer: RemotePeer) => void;
}

/** A decision: the right to secrets, or the failure to answer with. */
export type Verdict = { readonly secrets: boolean } | { readonly failure: RpcFailure };

/** Decides about a call of a method that is served. */
export function decide(rules: AccessRules, peer: RemotePeer, method: string): Verdict | Promise<Verdict> {
  if (peer.by === 'certificate' && !peer.roles.some((role) => rules.roles.includes(role))) {
    return denied(
      `this method needs a certificate of the role ${rules.roles.join(' or ')} (its organizational unit, OU); ` +
        `the role of this peer is ${peer.roles.length === 0 ? 'none' : peer.roles.join(', ')}`,
    );
  }
  if (rules.authorize === undefined) return { secrets: false };
  const failed = (error: unknown): Verdict => {
    rules.onError(error, peer);
    return denied('the server could not decide about this call');
  };
  try {
    const access = rules.authorize(peer, method);
    return isThenable(access) ? access.then(verdictOf, failed) : verdictOf(access);
  } catch (error) {
    return failed(error);
  }
}

function verdictOf(access: Access): Verdict {
  if (access === true) return { secrets: false };
  return access === 'secrets' ? { secrets: true } : denied('the server refuses this method to this peer');
}

function denied(text: string): Verdict {
  return { failure: new RpcFailure('permissionDenied', text) };
}
