import { readFileSync } from 'node:fs';
import { RemoteError } from '../../errors/remote-error.ts';

/** How the two sides of a connection know each other. Each is PEM, or the path of a file. */
export interface CredentialOptions {
  /**
   * The root certificate of the authority that issued the server's certificate. Not given: a connection without TLS.
   */
  readonly ca?: string | Uint8Array | undefined;
  /** The certificate of this client. */
  readonly cert?: string | Uint8Array | undefined;
  /** The key of `cert`. */
  readonly key?: string | Uint8Array | undefined;
  /**
   * The name in the server's certificate, such as `swarm-manager`. Default: the host of the address, and `localhost`
   * for a unix socket.
   */
  readonly serverName?: string | undefined;
}

/** Certificates as they are on the disk now. */
export interface Credentials {
  readonly ca: Buffer;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
}

/**
 * Reads the certificates. They are read at each attempt, so that renewed files are used. Undefined for a connection
 * without TLS. Throws `ERR_REMOTE_CERTIFICATE`.
 */
export function readCredentials({ ca, cert, key }: CredentialOptions, target: string): Credentials | undefined {
  if ((cert === undefined) !== (key === undefined)) throw failure('give cert together with key, or neither', target);
  if (ca === undefined) {
    if (cert !== undefined) throw failure('the option ca is needed to know who answers', target);
    return undefined;
  }
  return {
    ca: pemOf('ca', ca, target),
    cert: cert === undefined ? undefined : pemOf('cert', cert, target),
    key: key === undefined ? undefined : pemOf('key', key, target),
  };
}

export function failure(message: string, target: string, cause?: unknown): RemoteError {
  return new RemoteError('ERR_REMOTE_CERTIFICATE', `${target}: ${message}`, { target }, { cause });
}

/** PEM as it is, or read from the file that a text names. */
function pemOf(option: string, given: string | Uint8Array, target: string): Buffer {
  if (typeof given !== 'string' || given.includes('-----BEGIN')) return Buffer.from(given as string);
  try {
    return readFileSync(given);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw failure(`the option ${option} names a file that cannot be read (${String(code)}): ${given}`, target, cause);
  }
}
