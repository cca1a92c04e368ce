import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { SecureContextOptions } from 'node:tls';
import { RemoteError } from '../../errors/remote-error.ts';
import { isEncryptedKey, keyWithoutHeaders } from '../../grpc/pem.ts';

/** The certificates of a server. Each is PEM, or the path of a file, which is read again when it has changed. */
export interface TlsOptions {
  /** The root certificate of the authority that issued the certificates of the peers. */
  readonly ca: string | Uint8Array;
  /** The certificate of this server, with the intermediate ones behind it. */
  readonly cert: string | Uint8Array;
  /** The key of `cert`. */
  readonly key: string | Uint8Array;
}

const parts = ['ca', 'cert', 'key'] as const;

/** How long files count as unchanged after a look at them, in milliseconds. */
const LOOK_MS = 1000;

/** Reads the certificates of a server, and notices files that were replaced. */
export class Certificates {
  readonly #options: TlsOptions;
  readonly #target: string;
  #stamp: string;
  #lookedAt: number;

  /** Throws `ERR_REMOTE_INVALID_ARGUMENT` for a part that is neither text nor bytes. */
  constructor(options: TlsOptions, target: string) {
    this.#options = options;
    this.#target = target;
    for (const part of parts) {
      const given: unknown = options[part];
      if (given instanceof Uint8Array || (typeof given === 'string' && given !== '')) continue;
      throw new RemoteError('ERR_REMOTE_INVALID_ARGUMENT', `tls.${part} is PEM, or the path of a file`, {
        argument: `tls.${part}`,
        target,
      });
    }
    this.#stamp = this.#stampOfFiles();
    this.#lookedAt = performance.now();
  }

  /**
   * The context for new connections. Throws `ERR_REMOTE_CERTIFICATE` for files that cannot be read and parts that do
   * not fit together.
   */
  read(): SecureContextOptions {
    const [ca, cert, given] = parts.map((part) => this.#read(part)) as [Buffer, Buffer, Buffer];
    if (isEncryptedKey(given)) throw this.#error('tls.key is encrypted: give a decrypted copy', undefined);
    const context = {
      ca,
      cert,
      key: keyWithoutHeaders(given),
      minVersion: 'TLSv1.2',
      // A resumed session would skip the check of the peer's certificate.
      secureOptions: constants.SSL_OP_NO_TICKET,
    } as const;
    try {
      createSecureContext(context);
      // A context passes over a root certificate that it cannot read.
      const authority = new X509Certificate(ca);
      const key = createPrivateKey(context.key);
      if (!authority.ca) throw new Error('tls.ca is not the certificate of an authority');
      if (!new X509Certificate(cert).checkPrivateKey(key)) throw new Error('the key is that of another certificate');
    } catch (error) {
      throw this.#error(`tls.ca, tls.cert and tls.key do not fit (${(error as Error).message})`, error);
    }
    return context;
  }

  /** True once after a file was replaced. Looks at the files at most once in a second. */
  noticeChange(): boolean {
    if (performance.now() - this.#lookedAt < LOOK_MS) return false;
    this.#lookedAt = performance.now();
    const stamp = this.#stampOfFiles();
    if (stamp === this.#stamp) return false;
    this.#stamp = stamp;
    return true;
  }

  #read(part: (typeof parts)[number]): Buffer {
    const given = this.#options[part];
    if (!isPath(given)) return typeof given === 'string' ? Buffer.from(given) : Buffer.from(given);
    try {
      return readFileSync(given);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw this.#error(`tls.${part} cannot be read from ${given} (${String(code)})`, error);
    }
  }

  #stampOfFiles(): string {
    return parts
      .map((part) => {
        const given = this.#options[part];
        if (!isPath(given)) return '';
        const stat = statSync(given, { throwIfNoEntry: false });
        return stat === undefined ? 'none' : `${stat.ino}:${stat.size}:${stat.mtimeMs}`;
      })
      .join();
  }

  #error(message: string, cause: unknown): RemoteError {
    return new RemoteError('ERR_REMOTE_CERTIFICATE', message, { target: this.#target }, { cause });
  }
}

function isPath(given: string | Uint8Array): given is string {
  return typeof given === 'string' && !given.includes('-----BEGIN');
}
