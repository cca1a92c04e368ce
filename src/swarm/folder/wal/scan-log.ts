import type { FileHandle } from 'node:fs/promises';
import { SwarmFolderError } from '../../../errors/swarm-folder-error.ts';
import { RaftMember } from '../../../wire/generated/membership.ts';
import { Malformed } from '../bytes/fields.ts';
import { CRC, ENTRY, MARK, METADATA, STATE } from '../bytes/wal-record.ts';
import type { SegmentFile } from '../files/layout.ts';
import { openForReading } from '../files/open-file.ts';
import { judgeBad, judgeZeros } from './judge-end.ts';
import type { Judgement } from './judge-end.ts';
import { LogFacts } from './log-facts.ts';
import { SegmentReader } from './segment-reader.ts';
import type { BadRecord, PlacedRecord, SegmentEnd } from './segment-reader.ts';

/** A file of the log, as far as it was read. */
export interface ScannedSegment {
  readonly path: string;
  /** Where its records end. */
  readonly end: number;
  /** The checksum of all records to this end. */
  readonly crc: number;
  /** The checksum of all records before this file. */
  readonly crcBefore: number;
  /** The number of entries in the files before. */
  readonly entriesBefore: number;
  readonly index: number;
}

/** A log that was read once, without decrypting anything. */
export interface LogScan {
  readonly segments: readonly ScannedSegment[];
  readonly facts: LogFacts;
  /** The member whose log it is; undefined without a log. */
  readonly self: RaftMember | undefined;
  readonly warnings: readonly string[];
  /** True where the last write was cut off. */
  readonly torn: boolean;
}

/**
 * Reads the log behind a snapshot of index `after` and checks all of it: checksums, types, the order of entries. Tells
 * a write that was cut off from damage. Rejects with `ERR_FOLDER_DAMAGED`, `ERR_FOLDER_GAP`, and the errors of the file
 * system. Memory is that of the entries that are not known to be committed. O(bytes of the log).
 */
export async function scanLog(files: readonly SegmentFile[], after: number, termAfter: number): Promise<LogScan> {
  const first = firstFile(files, after);
  const begins = files[first]?.index ?? 0;
  if (begins > after + 1) {
    throw new SwarmFolderError(
      'ERR_FOLDER_GAP',
      `${files[first]?.path}: the log begins at index ${begins}, and the entries from ${after + 1} on are needed. ` +
        'The snapshot that has them in it is missing: copy the folder again, the snapshots first',
      { file: files[first]?.path, needed: after + 1, present: begins },
    );
  }
  const facts = new LogFacts(after, termAfter);
  const scan = new Scan(facts);
  for (let at = first; at < files.length; at += 1) {
    const file = files[at] as SegmentFile;
    const before = files[at - 1];
    if (at > first && before !== undefined && file.sequence !== before.sequence + 1) {
      throw new SwarmFolderError(
        'ERR_FOLDER_GAP',
        `a file of the log is missing between ${before.path} and ${file.path}`,
        { file: file.path, needed: before.sequence + 1, present: file.sequence },
      );
    }
    await scan.read(file, at === files.length - 1);
  }
  return scan.finish();
}

/** The position of the last file that may have the entry behind `after`. */
function firstFile(files: readonly SegmentFile[], after: number): number {
  let found = 0;
  for (const [position, { index }] of files.entries()) if (index <= after) found = position;
  return found;
}

class Scan {
  readonly #facts: LogFacts;
  readonly #segments: ScannedSegment[] = [];
  readonly #warnings: string[] = [];
  #self: { readonly member: RaftMember; readonly bytes: Buffer } | undefined;
  #crc: number | undefined;
  #torn = false;

  constructor(facts: LogFacts) {
    this.#facts = facts;
  }

  async read(segment: SegmentFile, last: boolean): Promise<void> {
    const file = await openForReading(segment.path);
    try {
      const { size } = await file.stat();
      const reader = new SegmentReader(
        async (buffer, at, position) => (await file.read(buffer, at, buffer.length - at, position)).bytesRead,
        size,
        this.#crc,
      );
      const entriesBefore = this.#facts.entries;
      const crcBefore = this.#crc;
      let crcAtStart: number | undefined;
      let position = 0;
      for (;;) {
        const record = reader.take();
        if (record === undefined) {
          await reader.more();
          continue;
        }
        if (record.type === 'end' || record.type === 'bad') {
          if (position < 2) throw beginning(segment.path, record);
          await this.#stop(segment.path, file, size, reader, record, last);
          break;
        }
        if (position === 0) crcAtStart = record.crc;
        this.#record(segment.path, record, position);
        position += 1;
      }
      this.#crc = reader.crc ?? 0;
      this.#segments.push({
        path: segment.path,
        end: reader.offset,
        crc: this.#crc,
        crcBefore: crcBefore ?? crcAtStart ?? 0,
        entriesBefore,
        index: segment.index,
      });
    } finally {
      await file.close();
    }
  }

  finish(): LogScan {
    return {
      segments: this.#segments,
      facts: this.#facts,
      self: this.#self?.member,
      warnings: this.#warnings,
      torn: this.#torn,
    };
  }

  #record(path: string, record: PlacedRecord, position: number): void {
    const { type, data, offset } = record;
    // A file begins with the checksum so far, and who the member is.
    if (position < 2 && type !== (position === 0 ? CRC : METADATA)) {
      throw damaged(path, offset, 'the file does not begin as a log file does');
    }
    try {
      if (type === ENTRY) this.#facts.entry(data, path, offset);
      else if (type === STATE) this.#facts.state(data);
      else if (type === MARK) this.#facts.mark(data);
      else if (position > 1) throw new Malformed('a record that only the beginning of a file has');
      else if (type === METADATA) this.#metadata(data);
    } catch (error) {
      if (error instanceof Malformed) throw damaged(path, offset, error.message, error);
      throw error;
    }
  }

  #metadata(data: Uint8Array): void {
    const bytes = Buffer.from(data);
    if (this.#self === undefined) {
      try {
        this.#self = { member: RaftMember.decode(bytes), bytes };
      } catch (error) {
        throw new Malformed('the description of the member cannot be read', { cause: error });
      }
    } else if (!this.#self.bytes.equals(bytes)) {
      throw new Malformed('the file is the log of another member');
    }
  }

  async #stop(
    path: string,
    file: FileHandle,
    size: number,
    reader: SegmentReader,
    record: SegmentEnd | BadRecord,
    last: boolean,
  ): Promise<void> {
    const { offset } = record;
    if (record.type === 'end' && record.atFileEnd) return;
    const stop = { file, size, offset, crc: reader.crc ?? 0, last };
    const judgement: Judgement = await (record.type === 'end' ? judgeZeros(stop) : judgeBad(stop));
    switch (judgement.kind) {
      case 'damaged': {
        const reason = record.type === 'bad' ? `${record.reason}, and ${judgement.why}` : judgement.why;
        throw damaged(path, offset, reason, undefined, judgement.intactAt);
      }
      case 'torn':
        this.#torn = true;
        this.#warnings.push(
          `${path}: the record at byte ${offset} was cut off while it was written; ` +
            'it was never acknowledged, and the log ends before it',
        );
        break;
      case 'remains':
        this.#warnings.push(`${path}: behind the records, which end at byte ${offset}, there are bytes that are none`);
        break;
      case 'clean':
    }
  }
}

function beginning(path: string, record: SegmentEnd | BadRecord): SwarmFolderError {
  const reason = record.type === 'bad' ? record.reason : 'there are none';
  return damaged(path, record.offset, `the first records of the file are missing or damaged: ${reason}`);
}

/** The error for a damaged log file. */
function damaged(
  file: string,
  offset: number,
  reason: string,
  cause?: unknown,
  intactAt?: number,
): SwarmFolderError<'ERR_FOLDER_DAMAGED'> {
  const next = intactAt === undefined ? '' : `; intact records go on at byte ${intactAt}`;
  return new SwarmFolderError(
    'ERR_FOLDER_DAMAGED',
    `${file} is damaged at byte ${offset}: ${reason}${next}. ` +
      'If it was copied while the manager ran, copy it again; else read the folder of another manager',
    { file, offset, intactAt },
    cause === undefined ? undefined : { cause },
  );
}
