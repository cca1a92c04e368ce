import { once } from 'node:events';
import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { connectFailure } from './failure.ts';
import type { Identity } from './identity.ts';
import type { Target } from './target.ts';

/** The name that the certificate of every manager has. */
export const MANAGER_NAME = 'swarm-manager';

/**
 * Connects and disconnects, so that a failure is known by its own code: gRPC only says that there is no connection.
 * Rejects with the error that names the remedy.
 */
export async function preflight(
  target: Target,
  { ca, cert, key, insecure }: Identity,
  withinMs: number,
  signal: AbortSignal,
): Promise<void> {
  const options: ConnectionOptions = {
    ...(target.kind === 'unix' ? { path: target.path } : { host: target.host, port: target.port }),
    servername: MANAGER_NAME,
    ALPNProtocols: ['h2'],
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    // Without a root certificate there is nothing to check against: it is asked for next, and compared with a pin.
    rejectUnauthorized: !insecure && ca !== undefined,
  };
  const within = AbortSignal.any([signal, AbortSignal.timeout(withinMs)]);
  let socket: ReturnType<typeof connect> | undefined;
  try {
    socket = connect(options);
    await once(socket, 'secureConnect', { signal: within });
  } catch (error) {
    signal.throwIfAborted();
    throw connectFailure(within.aborted ? Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }) : error, target);
  } finally {
    // A late error of the closed socket is no one's.
    socket?.on('error', () => undefined);
    socket?.destroy();
  }
}
