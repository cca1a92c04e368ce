import { isIP } from 'node:net';
import { RemoteError } from '../../errors/remote-error.ts';

/** A place to listen at. */
export type ListenAddress =
  | { readonly kind: 'unix'; readonly path: string; readonly text: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly text: string };

/**
 * Reads the text of an address: `unix:///run/store.sock`, `127.0.0.1:7000`, `[::1]:7000`. Port 0 asks for a free one.
 * Throws `ERR_REMOTE_INVALID_ARGUMENT`.
 */
export function parseListenAddress(text: unknown): ListenAddress {
  const given = typeof text === 'string' ? text : '';
  const path = /^(?:unix:(?:\/\/)?)?(\/.+)$/.exec(given)?.[1];
  if (path !== undefined) return { kind: 'unix', path, text: `unix://${path}` };
  const [, bracketed, plain, digits] =
    /^(?:tcp:\/\/)?(?:\[([0-9a-fA-F:.%]+)\]|([^:/\s[\]]+)):(\d{1,5})$/.exec(given) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535) {
    throw new RemoteError(
      'ERR_REMOTE_INVALID_ARGUMENT',
      'listen is an address: unix:///run/store.sock, or host:port such as 127.0.0.1:7000 (port 0 asks for a free one)',
      { argument: 'listen' },
    );
  }
  return { kind: 'tcp', host, port, text: tcpText(host, port) };
}

/** `127.0.0.1:7000`, `[::1]:7000`. */
export function tcpText(host: string, port: number): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** True for an address that only processes of this machine reach. */
export function isLoopback(host: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/i.test(host);
}
