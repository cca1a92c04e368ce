import { SwarmError } from '../../../errors/swarm-error.ts';

/** The address of a manager. */
export type Target =
  | { readonly kind: 'unix'; readonly path: string; readonly text: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly text: string };

/** The port of a manager where an address has none. */
const MANAGER_PORT = 2377;

/** Reads the text of a target. Throws `ERR_SWARM_INVALID_ARGUMENT`. */
export function parseTarget(text: string): Target {
  const path = /^(?:unix:(?:\/\/)?)?(\/.+)$/.exec(text)?.[1];
  if (path !== undefined) return { kind: 'unix', path, text: `unix://${path}` };
  const [, bracketed, plain, digits] =
    /^(?:tcp:\/\/)?(?:\[([0-9a-fA-F:.%]+)\]|([^:/\s[\]]+))(?::(\d+))?\/?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? MANAGER_PORT : Number(digits);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new SwarmError(
      'ERR_SWARM_INVALID_ARGUMENT',
      `'${text}' is no address of a manager; write unix:///run/docker/swarm/control.sock, or host:2377`,
      { argument: 'target' },
    );
  }
  const address = bracketed === undefined ? host : `[${host}]`;
  return { kind: 'tcp', host, port, text: `${address}:${port}` };
}
