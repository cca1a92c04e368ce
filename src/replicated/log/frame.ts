import { crc32c } from '../../base/crc32c.ts';
import { sameRange } from '../../base/host/bytes.ts';
import { logRefused } from './refusal.ts';

/**
 * The form of every value of a log: a mark with the number of the format, the kind of the value, and the body. Plain
 * values end with the CRC-32C of all bytes in front of it.
 */
const MARK: Uint8Array = Uint8Array.of(0x53, 0x57, 0x4c, 0x01);
const PLAIN = 0;
const ENCRYPTED = 1;
const HEAD_BYTES = MARK.length + 1;
const CHECKSUM_BYTES = 4;

/** Writes and reads the values of a log. `place` is the key below the prefix, which the value belongs to. */
export interface Frames {
  /** True where values are encrypted. */
  readonly encrypted: boolean;
  /** The bytes that a frame adds to a body, at most. */
  readonly overhead: number;
  seal(clusterId: string, place: string, body: Uint8Array): Uint8Array;
  /** The body. Throws `ERR_LOG_REFUSED` for bytes that are no value of this place. */
  open(clusterId: string, place: string, frame: Uint8Array): Uint8Array;
}

/** Seals what a key of the ring encrypts. */
export interface Encryption {
  readonly overhead: number;
  encrypt(aad: string, body: Uint8Array): Uint8Array;
  decrypt(aad: string, place: string, sealed: Uint8Array): Uint8Array;
}

/** The values of a log without keys, or with those of a key ring. */
export function framesOf(encryption: Encryption | undefined): Frames {
  return {
    encrypted: encryption !== undefined,
    overhead: HEAD_BYTES + (encryption === undefined ? CHECKSUM_BYTES : encryption.overhead),
    seal: (clusterId, place, body) =>
      encryption === undefined ? sealPlain(body) : sealEncrypted(encryption.encrypt(`${clusterId}/${place}`, body)),
    open: (clusterId, place, frame) => {
      const kind = kindOf(place, frame);
      if (kind === PLAIN) return openPlain(place, frame);
      if (encryption === undefined) {
        throw logRefused('key', place, 'the value is encrypted; open the store with its option keys');
      }
      return encryption.decrypt(`${clusterId}/${place}`, place, frame.subarray(HEAD_BYTES));
    },
  };
}

/** A value that is never encrypted: the guard and the pointer hold no contents. */
export function sealPlain(body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEAD_BYTES + body.length + CHECKSUM_BYTES);
  frame.set(MARK);
  frame[MARK.length] = PLAIN;
  frame.set(body, HEAD_BYTES);
  const end = frame.length - CHECKSUM_BYTES;
  new DataView(frame.buffer).setUint32(end, crc32c(frame.subarray(0, end)), true);
  return frame;
}

export function openPlain(place: string, frame: Uint8Array): Uint8Array {
  if (kindOf(place, frame) !== PLAIN) throw corrupt(place, 'it is encrypted, and this value never is');
  const end = frame.length - CHECKSUM_BYTES;
  if (end < HEAD_BYTES) throw corrupt(place, 'it is cut off');
  const checksum = new DataView(frame.buffer, frame.byteOffset).getUint32(end, true);
  if (checksum !== crc32c(frame.subarray(0, end))) throw corrupt(place, 'its checksum does not fit its bytes');
  return frame.subarray(HEAD_BYTES, end);
}

function sealEncrypted(sealed: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEAD_BYTES + sealed.length);
  frame.set(MARK);
  frame[MARK.length] = ENCRYPTED;
  frame.set(sealed, HEAD_BYTES);
  return frame;
}

function kindOf(place: string, frame: Uint8Array): number {
  const marked = frame.length > HEAD_BYTES && sameRange(MARK, 0, MARK.length - 1, frame, 0);
  if (!marked) {
    throw logRefused(
      'foreign',
      place,
      'the value was not written by swarmstate/replicated; give the log a prefix of its own',
    );
  }
  const format = frame[MARK.length - 1];
  if (format !== MARK[MARK.length - 1]) {
    throw logRefused(
      'format',
      place,
      `the value has format ${String(format)}, and this release reads format 1; use the release that wrote it`,
    );
  }
  const kind = frame[MARK.length] as number;
  if (kind !== PLAIN && kind !== ENCRYPTED) throw corrupt(place, 'its second field is unknown');
  return kind;
}

/** The error of a value that was damaged. */
export function corrupt(place: string, what: string, cause?: unknown): Error {
  return logRefused(
    'corrupt',
    place,
    `the value is damaged: ${what}. Mend the key/value store, or replace the log with the option recover`,
    cause,
  );
}
