import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SwarmError } from '../../../errors/swarm-error.ts';
import { isEncryptedKey, keyWithoutHeaders } from '../../../grpc/pem.ts';
import { rootCertificateOf } from './default-places.ts';
import { isJoinToken, rootDigest } from './join-token.ts';
import type { Target } from './target.ts';

/** How the two sides of a connection know each other. Texts are PEM, or paths of files, or for `ca` a join token. */
export interface IdentityOptions {
  /**
   * The swarm's root certificate: PEM, the path of a file, or a join token, whose digest pins the certificate. The file
   * is `swarm/certificates/swarm-root-ca.crt` below the data root of a manager's daemon. For a control socket in a
   * usual place the file of its daemon is read where `ca` is not given.
   */
  readonly ca?: string | Uint8Array | undefined;
  /** The certificate of a manager for `host:port`: PEM or a path. A control socket needs none. */
  readonly cert?: string | Uint8Array | undefined;
  /** The key of `cert`: PEM or a path. */
  readonly key?: string | Uint8Array | undefined;
  /** Does not check who answers: another machine may then tell anything. Default: false. */
  readonly insecure?: boolean | undefined;
}

/** The certificates of one attempt to connect, as they are on the disk now. */
export interface Identity {
  /** Undefined where nothing is checked, or where the root certificate is to be asked for and compared with `pin`. */
  readonly ca: Buffer | undefined;
  /** The SHA-256 of the root certificate's file, in hexadecimal digits. */
  readonly pin: string | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly insecure: boolean;
}

/**
 * Reads certificates and keys again: a manager renews its files. Throws `ERR_SWARM_CERTIFICATE` and
 * `ERR_SWARM_NOT_PERMITTED`.
 */
export function readIdentity(target: Target, options: IdentityOptions): Identity {
  const { text } = target;
  const { insecure = false } = options;
  const cert = options.cert === undefined ? undefined : pemOf('cert', options.cert, text);
  const key = options.key === undefined ? undefined : keyOf(pemOf('key', options.key, text), text);
  if ((cert === undefined) !== (key === undefined))
    throw certificateError('give cert together with key, or neither', text);
  if (target.kind === 'tcp' && cert === undefined) {
    throw certificateError(
      `${text} answers managers only: give the options cert and key of a manager, ` +
        'swarm/certificates/swarm-node.crt and swarm-node.key below the data root of its daemon (most often ' +
        '/var/lib/docker)',
      text,
    );
  }
  if (cert !== undefined) checkOwnCertificate(cert, options.cert, text);
  const { ca = target.kind === 'unix' ? rootCertificateOf(target.path) : undefined } = options;
  if (insecure) return { ca: undefined, pin: undefined, cert, key, insecure };
  if (ca === undefined) {
    throw certificateError(
      `the root certificate of the swarm is needed to know who answers at ${text}: ` +
        "give the option ca, the path of swarm/certificates/swarm-root-ca.crt below the data root of a manager's " +
        'daemon, or a join token; insecure: true does without',
      text,
    );
  }
  if (typeof ca === 'string' && isJoinToken(ca)) return { ca: undefined, pin: rootDigest(ca), cert, key, insecure };
  return { ca: pemOf('ca', ca, text), pin: undefined, cert, key, insecure };
}

/** Throws `ERR_SWARM_CERTIFICATE` unless the root certificate that a manager sent is the pinned one. */
export function checkPin(certificate: Uint8Array, pin: string, target: string): Buffer {
  const digest = createHash('sha256').update(certificate).digest('hex');
  if (digest === pin) return Buffer.from(certificate);
  throw certificateError(
    `the root certificate of ${target} is not that of the join token: ` +
      "another swarm answers, or its root certificate was rotated (docker swarm join-token shows today's token)",
    target,
  );
}

export function certificateError(message: string, target: string, cause?: unknown): SwarmError {
  return new SwarmError('ERR_SWARM_CERTIFICATE', message, { target }, { cause });
}

/** PEM as it is, or read from the file that a text names. */
function pemOf(option: 'ca' | 'cert' | 'key', given: string | Uint8Array, target: string): Buffer {
  if (typeof given !== 'string') return Buffer.from(given);
  if (given.includes('-----BEGIN')) return Buffer.from(given);
  try {
    return readFileSync(given);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') {
      throw new SwarmError(
        'ERR_SWARM_NOT_PERMITTED',
        `${given} cannot be read by this user: run as root, or give this user a copy and name it in the option ` +
          option,
        { target },
        { cause: error },
      );
    }
    throw certificateError(
      `${given} cannot be read (${String(code)}): name the file in the option ${option}; ` +
        'a node without it is no manager of a swarm',
      target,
      error,
    );
  }
}

function keyOf(pem: Buffer, target: string): Buffer {
  if (isEncryptedKey(pem)) {
    throw certificateError(
      'the key is encrypted, as in a swarm with autolock: give the option key a decrypted copy, ' +
        'or follow the control socket of a manager, which needs no key',
      target,
    );
  }
  return keyWithoutHeaders(pem);
}

function checkOwnCertificate(pem: Buffer, option: IdentityOptions['cert'], target: string): void {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch (error) {
    throw certificateError('the option cert is no certificate in PEM', target, error);
  }
  const place = typeof option === 'string' && !option.includes('-----BEGIN') ? ` in ${option}` : '';
  if (Date.parse(certificate.validTo) < Date.now()) {
    throw certificateError(
      `the certificate${place} expired on ${certificate.validTo}: a running manager renews swarm-node.crt by ` +
        'itself, so name its file in the option cert, or copy it again; the file is read at every attempt',
      target,
    );
  }
  if (!/\bOU=swarm-manager\b/.test(certificate.subject)) {
    throw new SwarmError(
      'ERR_SWARM_NOT_PERMITTED',
      `the certificate${place} is not a manager's (${certificate.subject.replaceAll('\n', ', ')}): ` +
        'only managers may read the state of a swarm; take the certificate of a manager',
      { target },
    );
  }
}
