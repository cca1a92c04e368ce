import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import type { secretbox } from '@noble/ciphers/salsa.js';
import { FieldReader, Malformed } from '../bytes/fields.ts';

/** The algorithms of swarmkit's `MaybeEncryptedRecord`. */
export const PLAIN = 0;
export const SECRETBOX = 1;
const FERNET = 2;

/** Bytes as they are stored: encrypted, or not. */
export interface SealedRecord {
  readonly algorithm: number;
  readonly data: Uint8Array;
  readonly nonce: Uint8Array;
}

/** The function that makes NaCl's secretbox, of the package `@noble/ciphers`. */
export type Secretbox = typeof secretbox;

const noBytes = new Uint8Array(0);
const NONCE_BYTES = 24;
const TAG_BYTES = 16;

/** Reads the wrapping of bytes. Throws {@link Malformed}. */
export function readSealedRecord(bytes: Uint8Array): SealedRecord {
  const fields = new FieldReader(bytes);
  let algorithm = PLAIN;
  let data: Uint8Array = noBytes;
  let nonce: Uint8Array = noBytes;
  while (fields.next()) {
    if (fields.number === 1) algorithm = fields.uint();
    else if (fields.number === 2) data = fields.bytes();
    else if (fields.number === 3) nonce = fields.bytes();
    else throw fields.unknown();
  }
  if (algorithm > FERNET) throw new Malformed(`the unknown encryption ${algorithm}`);
  return { algorithm, data, nonce };
}

/** The decrypted bytes; undefined where the key is not the right one, or the bytes are no longer those written. */
export function openRecord(
  { algorithm, data, nonce }: SealedRecord,
  key: Uint8Array,
  box: Secretbox | undefined,
): Uint8Array | undefined {
  if (algorithm === PLAIN) return data;
  if (algorithm === FERNET) return openFernet(data, key);
  if (nonce.length !== NONCE_BYTES || data.length < TAG_BYTES || box === undefined) return undefined;
  try {
    return box(key, nonce).open(data);
  } catch {
    return undefined;
  }
}

const FERNET_VERSION = 0x80;
const HEADER_BYTES = 1 + 8;
const IV_BYTES = 16;
const MAC_BYTES = 32;

/** Opens a Fernet token: AES-128-CBC with HMAC-SHA256. The time in it is not looked at. */
function openFernet(text: Uint8Array, key: Uint8Array): Uint8Array | undefined {
  const token = Buffer.from(Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1'), 'base64url');
  const signed = token.length - MAC_BYTES;
  const start = HEADER_BYTES + IV_BYTES;
  if (signed < start + 16 || token[0] !== FERNET_VERSION || key.length !== 32) return undefined;
  const mac = createHmac('sha256', key.subarray(0, 16)).update(token.subarray(0, signed)).digest();
  if (!timingSafeEqual(mac, token.subarray(signed))) return undefined;
  try {
    const cipher = createDecipheriv('aes-128-cbc', key.subarray(16), token.subarray(HEADER_BYTES, start));
    return Buffer.concat([cipher.update(token.subarray(start, signed)), cipher.final()]);
  } catch {
    return undefined;
  }
}
