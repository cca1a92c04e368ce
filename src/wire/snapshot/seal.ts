import { crc32c } from '../../base/crc32c.ts';
import { StoreError } from '../../errors/store-error.ts';

/**
 * The seal is the last field of a saved snapshot: number 2^29 - 1, the highest that there is, so that swarmkit's
 * decoder skips it. It holds the number of objects and the CRC-32C of all bytes in front of it. A snapshot that was
 * cut, or whose bytes were changed, has no matching seal.
 */
const TAG: readonly number[] = [0xfa, 0xff, 0xff, 0xff, 0x0f];
/** The content has a fixed length: the objects in 8 bytes and the checksum in 4, each behind its tag. */
const CONTENT_BYTES = 1 + 8 + 1 + 4;
const OBJECTS_TAG = (1 << 3) | 1;
const CHECKSUM_TAG = (2 << 3) | 5;

/** The length of a seal, in bytes. */
export const SEAL_BYTES: number = TAG.length + 1 + CONTENT_BYTES;

/** The seal of a snapshot with so many objects whose bytes have this CRC-32C. */
export function sealOf(objects: number, checksum: number): Uint8Array<ArrayBuffer> {
  const seal = new Uint8Array(SEAL_BYTES);
  seal.set(TAG);
  seal[TAG.length] = CONTENT_BYTES;
  const content = new DataView(seal.buffer, TAG.length + 1);
  content.setUint8(0, OBJECTS_TAG);
  content.setBigUint64(1, BigInt(objects), true);
  content.setUint8(9, CHECKSUM_TAG);
  content.setUint32(10, checksum, true);
  return seal;
}

/** True when a seal begins at `start`, and its tag ends before `end`. */
export function isSeal(bytes: Uint8Array, start: number, end: number): boolean {
  // Nearly every field differs in its first byte.
  if (bytes[start] !== TAG[0] || start + TAG.length > end) return false;
  return TAG.every((byte, position) => bytes[start + position] === byte);
}

/** The texts of errors about sealed bytes. */
export interface SealedBytes {
  /** Continues the sentence 'this … is not complete'. */
  readonly name: string;
  /** The way out. */
  readonly hint: string;
}

const snapshotBytes: SealedBytes = {
  name: 'snapshot',
  hint: 'Take another copy; the option sealed: false takes bytes that swarmkit or StoreSnapshot.encode wrote',
};

/** Checks the seal of a snapshot that comes in parts. */
export class SealCheck {
  readonly #sealedBytes: SealedBytes;
  #objects = 0;
  #bytes = 0;
  #checksum = 0;
  #sealed = false;

  constructor(sealedBytes: SealedBytes = snapshotBytes) {
    this.#sealedBytes = sealedBytes;
  }

  /**
   * Counts the next part of the snapshot, which holds so many objects. Throws `ERR_INCOMPLETE_SNAPSHOT` behind a seal.
   */
  add(part: Uint8Array, objects: number): void {
    if (this.#sealed) throw this.#incomplete('bytes follow the seal, so that this is not one snapshot');
    this.#objects += objects;
    this.#bytes += part.length;
    this.#checksum = crc32c(part, this.#checksum);
  }

  /** Takes the seal. Throws `ERR_INCOMPLETE_SNAPSHOT` where it does not match the bytes in front of it. */
  seal(seal: Uint8Array): void {
    const expected = sealOf(this.#objects, this.#checksum);
    if (this.#sealed || seal.length !== expected.length || !isSeal(seal, 0, seal.length)) {
      throw this.#incomplete('its seal is malformed');
    }
    const content = new DataView(seal.buffer, seal.byteOffset + TAG.length + 1);
    const objects = content.getBigUint64(1, true);
    if (objects !== BigInt(this.#objects)) {
      throw this.#incomplete(`its seal says that it has ${objects} objects`);
    }
    if (seal.some((byte, position) => byte !== expected[position])) {
      throw this.#incomplete('its bytes differ from those that were sealed');
    }
    this.#sealed = true;
  }

  /** Throws `ERR_INCOMPLETE_SNAPSHOT` unless the seal was there. */
  end(): void {
    if (this.#sealed) return;
    throw this.#incomplete(
      this.#bytes === 0 ? 'there are no bytes at all' : 'it ends without a seal, so that it may have been cut',
    );
  }

  #incomplete(what: string): StoreError<'ERR_INCOMPLETE_SNAPSHOT'> {
    return incompleteSnapshot(what, this.#objects, this.#bytes, this.#sealedBytes);
  }
}

/** The error of a snapshot that is not complete. */
export function incompleteSnapshot(
  what: string,
  objects: number,
  bytes: number,
  { name, hint }: SealedBytes = snapshotBytes,
): StoreError<'ERR_INCOMPLETE_SNAPSHOT'> {
  return new StoreError(
    'ERR_INCOMPLETE_SNAPSHOT',
    `this ${name} is not complete: ${what} (${objects} objects in ${bytes} bytes were read); nothing was restored. ` +
      hint,
    { objects, bytes },
  );
}
