/** True for a private key in PEM that needs a passphrase. */
export function isEncryptedKey(pem: Buffer): boolean {
  return /BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type:.*ENCRYPTED/m.test(pem.toString('latin1'));
}

/** The key as OpenSSL takes it: swarmkit writes headers into the file of its key. */
export function keyWithoutHeaders(pem: Buffer): Buffer {
  const text = pem.toString('latin1');
  return Buffer.from(text.replace(/(-----BEGIN [A-Z ]*PRIVATE KEY-----\r?\n)(?:[\w-]+:.*\r?\n)+\r?\n/, '$1'), 'latin1');
}
