import { RemoteError } from '../../errors/remote-error.ts';

/** The address of a server. */
export interface RemoteTarget {
  /** As `@grpc/grpc-js` takes it. */
  readonly address: string;
  readonly text: string;
  /** The host, or `localhost` for a unix socket. */
  readonly host: string;
  /** True where nobody on the way can listen: a unix socket, or this machine. */
  readonly local: boolean;
}

/** Reads `unix:///run/store.sock`, or `host:port` with or without `grpc://`. Throws `ERR_REMOTE_INVALID_ARGUMENT`. */
export function parseRemoteTarget(text: string): RemoteTarget {
  const path = /^(?:unix:(?:\/\/)?)?(\/.+)$/.exec(text)?.[1];
  if (path !== undefined) return { address: `unix:${path}`, text: `unix://${path}`, host: 'localhost', local: true };
  const [, bracketed, plain, digits] =
    /^(?:grpc:\/\/)?(?:\[([0-9a-fA-F:.%]+)\]|([^:/\s[\]]+)):(\d+)\/?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new RemoteError(
      'ERR_REMOTE_INVALID_ARGUMENT',
      `'${text}' is no address of a server; write unix:///run/store.sock, or host:port`,
      { argument: 'url' },
    );
  }
  const place = `${bracketed === undefined ? host : `[${host}]`}:${port}`;
  const local = /^(?:127(?:\.\d+){3}|::1|localhost)$/.test(host);
  return { address: `dns:///${place}`, text: place, host, local };
}
