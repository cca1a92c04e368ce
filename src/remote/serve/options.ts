import { OptionChecks } from '../../base/options/option-checks.ts';
import { RemoteError } from '../../errors/remote-error.ts';
import type { Authorize } from '../rpc/access.ts';
import { parseListenAddress } from '../rpc/address.ts';
import type { TlsOptions } from '../rpc/certificates.ts';
import { checkLimits } from '../rpc/limits.ts';
import type { ServerLimits } from '../rpc/limits.ts';
import type { RpcServerOptions } from '../rpc/rpc-server.ts';

/** Options of {@link serveSwarm}. */
export interface ServeSwarmOptions {
  /**
   * The address: `unix:///run/store.sock`, or `host:port` (port 0 asks for a free one). A unix socket gets the mode
   * 0600, and a socket that nobody listens at is replaced. Without `tls`, only unix sockets and loopback addresses are
   * possible.
   */
  readonly listen: string;
  /**
   * The certificates of both sides. On TCP, a peer without a certificate of the authority is not let in. On a unix
   * socket, a peer may come without a certificate. Files are read again when they have changed, for new connections.
   */
  readonly tls?: TlsOptions | undefined;
  /**
   * The roles that may read. A peer's roles are the organizational units (OU) of its certificate. Default:
   * `['swarm-manager']`.
   */
  readonly roles?: readonly string[] | undefined;
  /**
   * Decides about each call of a peer that has a role, or needs none (a unix socket, a loopback address without TLS).
   * Default: such a peer may call every method, and sees no secrets.
   */
  readonly authorize?: Authorize | undefined;
  readonly limits?: ServerLimits | undefined;
  /**
   * True: the filters `name` and `name_prefix` of a watch compare without case, as finders do. Default: false, with
   * case, as swarmkit does.
   */
  readonly foldNames?: boolean | undefined;
}

const checks = new OptionChecks<ServeSwarmOptions>(
  ['listen', 'tls', 'roles', 'authorize', 'limits', 'foldNames'],
  (path, message) =>
    new RemoteError('ERR_REMOTE_INVALID_ARGUMENT', `the options of serveSwarm: ${message}`, {
      argument: path[0] ?? 'options',
    }),
);

/** Checks the options. Throws `ERR_REMOTE_INVALID_ARGUMENT`. */
export function checkServeOptions(options: ServeSwarmOptions): RpcServerOptions & { readonly foldNames: boolean } {
  checks.names(options);
  const { listen, tls, roles = ['swarm-manager'], authorize, limits = {}, foldNames = false } = options;
  const isRoles =
    Array.isArray(roles) && roles.length > 0 && roles.every((role: unknown) => typeof role === 'string' && role !== '');
  checks.valid(isRoles, 'roles', roles, 'a list of names, at least one');
  checks.valid(tls === undefined || typeof tls === 'object', 'tls', tls, 'an object with ca, cert and key');
  checks.valid(authorize === undefined || typeof authorize === 'function', 'authorize', authorize, 'a function');
  checks.valid(typeof foldNames === 'boolean', 'foldNames', foldNames, 'true or false');
  return {
    address: parseListenAddress(listen),
    tls,
    roles: [...roles],
    authorize,
    limits: checkLimits(limits),
    foldNames,
  };
}
