import { createCipheriv, createDecipheriv } from 'node:crypto';
import { logRefused } from './refusal.ts';
import type { Encryption } from './frame.ts';

/**
 * The keys of an encrypted log. New values are encrypted with the key `current`; values of the other keys can still be
 * read. To change the key, first give every member the new key among `keys`, then make it the current one.
 */
export interface KeyRing {
  /** The name of the key that encrypts. */
  readonly current: string;
  /** Keys of 32 bytes by their names. A name has 1 to 255 bytes. */
  readonly keys: Readonly<Record<string, Uint8Array>>;
}

const ALGORITHM = 'aes-256-gcm';
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM with a random nonce for each value: the length and the name of the key, the nonce, the encrypted body,
 * the tag. Cluster id and key of the value are authenticated, so that no value can be put in the place of another.
 */
export function encryptionOf(ring: KeyRing, random: (size: number) => Uint8Array): Encryption {
  const name = new TextEncoder().encode(ring.current);
  const headBytes = 1 + name.length;
  const key = ring.keys[ring.current] as Uint8Array;
  return {
    overhead: headBytes + NONCE_BYTES + TAG_BYTES,
    encrypt(aad, body) {
      const nonce = random(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(aad));
      const first = cipher.update(body);
      const last = cipher.final();
      return Buffer.concat([Uint8Array.of(name.length), name, nonce, first, last, cipher.getAuthTag()]);
    },
    decrypt(aad, place, sealed) {
      const nonceAt = 1 + (sealed[0] ?? 0);
      const bodyAt = nonceAt + NONCE_BYTES;
      const tagAt = sealed.length - TAG_BYTES;
      const id = new TextDecoder().decode(sealed.subarray(1, nonceAt));
      const used = Object.hasOwn(ring.keys, id) ? ring.keys[id] : undefined;
      if (used === undefined || tagAt < bodyAt) {
        throw logRefused('key', place, `the value is encrypted with the key ${JSON.stringify(id)}; add it to keys`);
      }
      try {
        const decipher = createDecipheriv(ALGORITHM, used, sealed.subarray(nonceAt, bodyAt), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(Buffer.from(aad));
        decipher.setAuthTag(sealed.subarray(tagAt));
        return Buffer.concat([decipher.update(sealed.subarray(bodyAt, tagAt)), decipher.final()]);
      } catch (cause) {
        throw logRefused(
          'key',
          place,
          `the value does not fit the key ${JSON.stringify(id)}: the key is another, or the value was changed or moved`,
          cause,
        );
      }
    },
  };
}
