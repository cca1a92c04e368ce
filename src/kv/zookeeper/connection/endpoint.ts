import { KvError } from '../../../errors/kv-error.ts';

/** The address of a server. */
export interface Server {
  readonly host: string;
  readonly port: number;
}

const defaultPort = 2181;

/** Reads `HOST`, `HOST:PORT` or `[IPV6]:PORT`. Throws `ERR_KV_INVALID_ARGUMENT`. */
export function serverOf(endpoint: string): Server {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/@[\]]+))(?::(\d{1,5}))?$/.exec(endpoint);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port };
  const message = `${JSON.stringify(endpoint.slice(0, 80))} is no address of ZooKeeper; write host:port`;
  throw new KvError('ERR_KV_INVALID_ARGUMENT', message, { argument: 'endpoints' });
}
