import { crc32c } from '../../../base/crc32c.ts';
import { FieldReader, Malformed, present } from './fields.ts';
import { readEntry, readHardState, readMark } from './raft-messages.ts';

/** The types of a log file's records. */
export const METADATA = 1;
export const ENTRY = 2;
export const STATE = 3;
export const CRC = 4;
export const MARK = 5;

/** A record of a log file. */
export interface WalRecord {
  readonly type: number;
  /** The checksum of the data of all records so far. */
  readonly crc: number;
  readonly data: Uint8Array;
}

/** The bytes in front of a record: its length, and the number of zero bytes behind it. */
export const FRAME_HEADER = 8;

/** The part of a file that a record takes, or what is wrong with its beginning. */
export interface FrameSize {
  readonly length: number;
  /** Where the next record begins, counted from the beginning of this one. */
  readonly total: number;
}

const noBytes = new Uint8Array(0);

/** The size of the record whose header is at `at`. Undefined for a header of zeros: the end of the records. */
export function frameSize(bytes: Buffer, at: number): FrameSize | undefined {
  const low = bytes.readUInt32LE(at);
  const high = bytes.readUInt32LE(at + 4);
  if (low === 0 && high === 0) return undefined;
  const length = low + (high & 0xffffff) * 2 ** 32;
  const padding = (8 - (length % 8)) % 8;
  const top = high >>> 24;
  if (length === 0 || top !== (padding === 0 ? 0 : 0x80 | padding)) {
    throw new Malformed('the length of a record and its padding do not fit each other');
  }
  return { length, total: FRAME_HEADER + length + padding };
}

/** Reads a record from its bytes, without header and padding. The checksum is not compared. */
export function readRecord(bytes: Uint8Array, start: number, end: number): WalRecord {
  const fields = new FieldReader(bytes, start, end);
  let type: number | undefined;
  let crc: number | undefined;
  let data: Uint8Array = noBytes;
  while (fields.next()) {
    if (fields.number === 1) type = fields.uint();
    else if (fields.number === 2) crc = fields.uint();
    else if (fields.number === 3) data = fields.bytes();
    else throw fields.unknown();
  }
  if (present(type, 'the type of a record') < METADATA || (type as number) > MARK) {
    throw new Malformed(`a record of the unknown type ${type}`);
  }
  if (present(crc, 'the checksum of a record') > 0xffffffff) throw new Malformed('a checksum of more than 32 bits');
  if (type === CRC && data.length > 0) throw new Malformed('a record of a checksum has contents');
  return { type: type as number, crc: crc as number, data };
}

/** The checksum that a record must have. A record of a checksum repeats the one before it. */
export function expectedCrc({ type, data }: WalRecord, before: number): number {
  return type === CRC ? before : crc32c(data, before);
}

/** Throws {@link Malformed} for contents that do not fit the type of the record. */
export function checkContents({ type, data }: WalRecord): void {
  if (type === ENTRY) readEntry(data);
  else if (type === STATE) readHardState(data);
  else if (type === MARK) readMark(data);
}
