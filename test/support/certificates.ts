import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** PEM texts. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** The contents of a certificate beyond its name. */
export interface CertificateTraits {
  /** The organizational unit, in which swarmkit keeps the role. */
  readonly unit?: string;
  readonly dnsNames?: readonly string[];
  /** The end of its validity, as in `20200201000000Z`. */
  readonly until?: string;
}

/** An authority that nobody else trusts, made anew for each run, so that no key is kept anywhere. */
export class TestAuthority {
  readonly #key: KeyObject;
  readonly #name: string;
  readonly ca: string;

  constructor(name: string) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    this.#name = name;
    // basicConstraints: an authority.
    this.ca = this.#sign(name, publicKey, [extension('551d13', true, sequence(der(0x01, Buffer.of(0xff))))]);
  }

  /** A certificate for servers at 127.0.0.1, and for clients. */
  issue(name: string, { unit, dnsNames = [], until }: CertificateTraits = {}): Certificate {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const extensions = [
      // subjectAltName: an address and names; extKeyUsage: serverAuth and clientAuth.
      extension(
        '551d11',
        false,
        sequence(der(0x87, Buffer.of(127, 0, 0, 1)), ...dnsNames.map((dnsName) => der(0x82, Buffer.from(dnsName)))),
      ),
      extension('551d25', false, sequence(identifier('2b06010505070301'), identifier('2b06010505070302'))),
    ];
    const certificate = this.#sign(name, publicKey, extensions, unit, until);
    return { certificate, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  }

  #sign(
    subject: string,
    publicKey: KeyObject,
    extensions: readonly Buffer[],
    unit?: string,
    until = '21200101000000Z',
  ): string {
    const algorithm = sequence(identifier('2a8648ce3d040302'));
    const certificate = sequence(
      der(0xa0, der(0x02, Buffer.of(2))),
      der(0x02, Buffer.of(1), randomBytes(8)),
      algorithm,
      distinguishedName(this.#name),
      sequence(der(0x17, Buffer.from('200101000000Z')), der(0x18, Buffer.from(until))),
      distinguishedName(subject, unit),
      publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(...extensions)),
    );
    const signature = der(0x03, Buffer.of(0), sign('sha256', certificate, this.#key));
    const lines =
      sequence(certificate, algorithm, signature)
        .toString('base64')
        .match(/.{1,64}/g) ?? [];
    return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  }
}

/** A value of ASN.1 in its distinguished encoding. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...head), content]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, ...parts);
}

/** An object identifier, from the hexadecimal digits of its encoding. */
function identifier(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

/** A name that has a common name, and an organizational unit where one is given. */
function distinguishedName(commonName: string, unit?: string): Buffer {
  const part = (hex: string, text: string): Buffer =>
    der(0x31, sequence(identifier(hex), der(0x0c, Buffer.from(text))));
  return sequence(...(unit === undefined ? [] : [part('55040b', unit)]), part('550403', commonName));
}

function extension(hex: string, critical: boolean, value: Buffer): Buffer {
  return sequence(identifier(hex), ...(critical ? [der(0x01, Buffer.of(0xff))] : []), der(0x04, value));
}
