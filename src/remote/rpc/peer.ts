import { TLSSocket } from 'node:tls';
import type { PeerCertificate } from 'node:tls';
import type { Socket } from 'node:net';

/** The other side of a connection. */
export interface RemotePeer {
  /**
   * How the peer is known. `certificate`: by a certificate of the authority. `unix`: by the right to open the socket,
   * which only the user of this process has. `loopback`: as some process of this machine.
   */
  readonly by: 'certificate' | 'unix' | 'loopback';
  /** The common name of the certificate: of a swarm, the id of the node. Empty without a certificate. */
  readonly name: string;
  /** The organizational units of the certificate, which are its roles. */
  readonly roles: readonly string[];
  /** The organizations of the certificate: of a swarm, the id of the cluster. */
  readonly organizations: readonly string[];
  /** The SHA-256 of the certificate, as hexadecimal digits with colons. Undefined without a certificate. */
  readonly fingerprint: string | undefined;
  /** The end of the certificate's validity. Undefined without a certificate. */
  readonly validTo: Date | undefined;
  /** The address of a peer on TCP; `unix` for others. */
  readonly address: string;
}

/** The peer behind a socket. A certificate counts where TLS has verified it. */
export function peerOf(socket: Socket, isUnix: boolean): RemotePeer {
  const address = isUnix ? 'unix' : (socket.remoteAddress ?? 'unknown');
  const certificate = socket instanceof TLSSocket && socket.authorized ? givenCertificate(socket) : undefined;
  if (certificate === undefined) {
    const by = isUnix ? 'unix' : 'loopback';
    const none = { name: '', roles: [], organizations: [], fingerprint: undefined, validTo: undefined };
    return Object.freeze({ by, address, ...none });
  }
  const { subject, fingerprint256, valid_to } = certificate;
  return Object.freeze({
    by: 'certificate',
    address,
    name: listOf(subject.CN)[0] ?? '',
    roles: listOf(subject.OU),
    organizations: listOf(subject.O),
    fingerprint: fingerprint256,
    validTo: new Date(valid_to),
  });
}

/** The certificate that the other side sent, verified or not; undefined where it sent none. */
export function givenCertificate(socket: TLSSocket): PeerCertificate | undefined {
  const certificate = socket.getPeerCertificate() as PeerCertificate | undefined;
  return certificate === undefined || Object.keys(certificate).length === 0 ? undefined : certificate;
}

/** The values of a part of a name: Node gives a text for one value, and a list for several. */
function listOf(part: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(part) ? part : [part];
  return Object.freeze(values.filter((value): value is string => typeof value === 'string'));
}
