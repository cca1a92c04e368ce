import { Malformed } from '../bytes/fields.ts';
import { CRC, expectedCrc, FRAME_HEADER, frameSize, readRecord } from '../bytes/wal-record.ts';
import type { FrameSize, WalRecord } from '../bytes/wal-record.ts';

/** The number of bytes that are read at once. */
const CHUNK = 256 * 1024;

/** A record, and where it is in its file. */
export interface PlacedRecord extends WalRecord {
  readonly offset: number;
}

/** The end of the records of a file: the place of a header of zeros, or the end of the file. */
export interface SegmentEnd {
  readonly type: 'end';
  readonly offset: number;
  /** True where the file ends here. */
  readonly atFileEnd: boolean;
}

/** A record that is cut off, damaged, or whose checksum is another. */
export interface BadRecord {
  readonly type: 'bad';
  readonly offset: number;
  readonly reason: string;
}

/**
 * Reads bytes of a file from `position` on into a buffer from `at` on. Gives their number; 0 at the end of the file.
 */
export type ReadPiece = (buffer: Buffer, at: number, position: number) => Promise<number>;

/** Reads the records of one log file, in pieces, and compares each checksum. */
export class SegmentReader {
  /** The checksum of everything read; undefined before the first record of the first file that is read. */
  crc: number | undefined;
  readonly #read: ReadPiece;
  readonly #size: number;
  #buffer = Buffer.alloc(0);
  /** The place in the file at which the buffer begins. */
  #start = 0;
  #position = 0;
  #atFileEnd = false;

  /** `size` is the length of the file. */
  constructor(read: ReadPiece, size: number, crc: number | undefined) {
    this.#read = read;
    this.#size = size;
    this.crc = crc;
  }

  /** The place of the next record. */
  get offset(): number {
    return this.#start + this.#position;
  }

  /**
   * The next record, valid until {@link more} is called; undefined where more of the file has to be read first. O(bytes
   * of the record).
   */
  take(): PlacedRecord | SegmentEnd | BadRecord | undefined {
    const { offset } = this;
    const left = this.#buffer.length - this.#position;
    if (left < FRAME_HEADER) {
      if (!this.#atFileEnd) return undefined;
      return left === 0 ? { type: 'end', offset, atFileEnd: true } : bad(offset, 'the file ends within a record');
    }
    let size: FrameSize | undefined;
    try {
      size = frameSize(this.#buffer, this.#position);
      if (size === undefined) return { type: 'end', offset, atFileEnd: false };
      if (size.total > left) {
        const cutOff = this.#atFileEnd || offset + FRAME_HEADER + size.length > this.#size;
        return cutOff ? bad(offset, 'the file ends within a record') : undefined;
      }
      const start = this.#position + FRAME_HEADER;
      const record = readRecord(this.#buffer, start, start + size.length);
      const before = this.crc ?? (record.type === CRC ? record.crc : 0);
      const crc = expectedCrc(record, before);
      if (record.crc !== crc) return bad(offset, `the checksum ${hex(record.crc)} is stored, and ${hex(crc)} computed`);
      this.crc = crc;
      this.#position += size.total;
      return { type: record.type, crc, data: record.data, offset };
    } catch (error) {
      if (error instanceof Malformed) return bad(offset, error.message);
      throw error;
    }
  }

  /** Reads the next piece of the file. */
  async more(): Promise<void> {
    const rest = this.#buffer.subarray(this.#position);
    // A long record gets a buffer that doubles.
    const buffer = Buffer.allocUnsafe(rest.length + Math.max(CHUNK, rest.length));
    rest.copy(buffer);
    this.#start += this.#position;
    this.#position = 0;
    const bytesRead = await this.#read(buffer, rest.length, this.#start + rest.length);
    this.#atFileEnd = bytesRead === 0;
    this.#buffer = buffer.subarray(0, rest.length + bytesRead);
  }
}

function bad(offset: number, reason: string): BadRecord {
  return { type: 'bad', offset, reason };
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
