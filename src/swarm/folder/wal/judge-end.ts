import type { FileHandle } from 'node:fs/promises';
import { crc32c } from '../../../base/crc32c.ts';
import { FieldReader, Malformed } from '../bytes/fields.ts';
import { checkContents, expectedCrc, FRAME_HEADER, frameSize, readRecord } from '../bytes/wal-record.ts';
import type { FrameSize, WalRecord } from '../bytes/wal-record.ts';

/** The unit in which disks write: a torn write leaves whole sectors of zeros. */
const SECTOR = 512;

/** The judgement on the place where the records of a file stop. */
export type Judgement =
  | { readonly kind: 'clean' }
  /** Zeros were expected behind the records. There is something, but no record. */
  | { readonly kind: 'remains' }
  /** The last write was cut off by a crash, or is under way: it was never acknowledged. */
  | { readonly kind: 'torn' }
  /** Intact records, or the record itself, show that bytes were changed. */
  | { readonly kind: 'damaged'; readonly why: string; readonly intactAt: number | undefined };

/** The place at which the records of a file stop. */
export interface Stop {
  readonly file: FileHandle;
  readonly size: number;
  readonly offset: number;
  /** The checksum of the records before. */
  readonly crc: number;
  /** Only the last file of a log is written to. */
  readonly last: boolean;
}

/** Judges a header of zeros. etcd takes it for the end of the log, though a lost sector looks the same. */
export async function judgeZeros(stop: Stop): Promise<Judgement> {
  if (await onlyZeros(stop)) return { kind: 'clean' };
  const rest = await restOf(stop);
  if (lengthIsWrong(rest, stop.crc)) {
    return {
      kind: 'damaged',
      why: 'the length of the record is zero, and the rest of it is whole',
      intactAt: undefined,
    };
  }
  const intactAt = intactRecords(rest, stop.offset);
  if (intactAt !== undefined) {
    return { kind: 'damaged', why: 'there are zeros in place of records', intactAt };
  }
  return { kind: 'remains' };
}

/** Judges a record that cannot be read, or whose checksum is wrong. */
export async function judgeBad(stop: Stop): Promise<Judgement> {
  const rest = await restOf(stop);
  const intactAt = intactRecords(rest, stop.offset);
  if (intactAt !== undefined) return { kind: 'damaged', why: 'intact records follow', intactAt };
  if (lengthIsWrong(rest, stop.crc)) {
    return { kind: 'damaged', why: 'the length of the record is wrong, and the rest of it is whole', intactAt };
  }
  if (!stop.last) return { kind: 'damaged', why: 'a later file of the log follows', intactAt };
  if (rest.length < FRAME_HEADER) return { kind: 'torn' };
  const size = sizeOf(rest, 0);
  if (size === undefined) {
    // Headers are not torn: a sector of the disk has all of a header, or nothing of it.
    if (allZeros(rest.subarray(FRAME_HEADER))) return { kind: 'remains' };
    return { kind: 'damaged', why: 'the length of the record was changed', intactAt };
  }
  const end = FRAME_HEADER + size.length;
  if (end > rest.length) return { kind: 'torn' };
  const whole = !hasZeroSector(rest.subarray(0, end), stop.offset);
  if (whole) return { kind: 'damaged', why: 'all of the record is there, so it was not cut off', intactAt };
  return allZeros(rest.subarray(size.total))
    ? { kind: 'torn' }
    : { kind: 'damaged', why: 'other bytes follow', intactAt };
}

const zeros = Buffer.alloc(1024 * 1024);

function allZeros(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

async function onlyZeros({ file, offset }: Stop): Promise<boolean> {
  const piece = Buffer.allocUnsafe(zeros.length);
  for (let at = offset; ;) {
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) return true;
    if (!piece.subarray(0, bytesRead).equals(zeros.subarray(0, bytesRead))) return false;
    at += bytesRead;
  }
}

async function restOf({ file, size, offset }: Stop): Promise<Buffer> {
  const rest = Buffer.alloc(Math.max(0, size - offset));
  let read = 0;
  while (read < rest.length) {
    const { bytesRead } = await file.read(rest, read, rest.length - read, offset + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return rest.subarray(0, read);
}

/**
 * The place in the file of the first intact record behind the first header. A record counts as intact when the checksum
 * of the next record continues its own, or when its contents fit its type and nothing follows. Records begin at
 * multiples of eight bytes.
 */
function intactRecords(rest: Buffer, offset: number): number | undefined {
  for (let at = FRAME_HEADER; at + FRAME_HEADER < rest.length; at += 8) {
    const found = recordAt(rest, at);
    if (found === undefined) continue;
    const next = recordAt(rest, found.end);
    if (
      next === undefined ? nothingAt(rest, found.end) : next.record.crc === expectedCrc(next.record, found.record.crc)
    )
      return offset + at;
  }
  return undefined;
}

function nothingAt(rest: Buffer, at: number): boolean {
  return at + FRAME_HEADER > rest.length || (rest.readUInt32LE(at) === 0 && rest.readUInt32LE(at + 4) === 0);
}

/** The record at a place, if its form and contents are valid. Its checksum cannot be compared. */
function recordAt(rest: Buffer, at: number): { readonly record: WalRecord; readonly end: number } | undefined {
  const size = sizeOf(rest, at);
  if (size === undefined || at + FRAME_HEADER + size.length > rest.length) return undefined;
  try {
    const record = readRecord(rest, at + FRAME_HEADER, at + FRAME_HEADER + size.length);
    checkContents(record);
    return { record, end: at + size.total };
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

function sizeOf(rest: Buffer, at: number): FrameSize | undefined {
  if (at + FRAME_HEADER > rest.length) return undefined;
  try {
    return frameSize(rest, at);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** True when a record that is read by its own fields, whatever its length says, has the right checksum. */
function lengthIsWrong(rest: Buffer, crc: number): boolean {
  try {
    const fields = new FieldReader(rest, FRAME_HEADER);
    let stored: number | undefined;
    for (const number of [1, 2, 3]) {
      if (!fields.next() || fields.number !== number) return false;
      if (number === 1) fields.uint();
      else if (number === 2) stored = fields.uint();
      else return crc32c(fields.bytes(), crc) === stored;
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
  return false;
}

/** True when a part of the record that lies within one sector of the disk is all zeros. */
function hasZeroSector(record: Buffer, offset: number): boolean {
  for (let at = 0; at < record.length;) {
    const end = Math.min(record.length, at + SECTOR - ((offset + at) % SECTOR));
    if (allZeros(record.subarray(at, end))) return true;
    at = end;
  }
  return false;
}
