import { isMessageType } from './field.ts';
import type { MessageType } from './message-type.ts';
import { WireReader } from './wire-reader.ts';

/** Bytes that are taken over from the original: from where to where, and where they are in the result. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly target: number;
}

/** The encoding of a message in which every singular message occurs once, made from one in which they may be repeated. */
export class MessagePieces {
  readonly bytes: Uint8Array;
  readonly #pieces: readonly Piece[];

  constructor(bytes: Uint8Array, type: MessageType<object>) {
    const repeated = [...occurrences(bytes, type).values()].filter((parts) => parts.length > 1);
    if (repeated.length === 0) {
      this.bytes = bytes;
      this.#pieces = [{ start: 0, end: bytes.length, target: 0 }];
      return;
    }
    const assembly = new Assembly(bytes);
    const moved = new Map(repeated.map((parts) => [(parts[0] as Occurrence).start, parts]));
    const dropped = repeated.flatMap((parts) => parts.slice(1)).map(({ start, end }) => [start, end] as const);
    const stops = [...[...moved].map(([start, parts]) => [start, (parts[0] as Occurrence).end] as const), ...dropped];
    stops.sort(([a], [b]) => a - b);
    let position = 0;
    for (const [start, end] of stops) {
      assembly.take(position, start);
      const parts = moved.get(start);
      if (parts !== undefined) assembly.takeMerged(parts);
      position = end;
    }
    assembly.take(position, bytes.length);
    this.bytes = assembly.bytes;
    this.#pieces = assembly.pieces;
  }

  /** Where a place in the result was in the original; the place between two pieces is the end of the first one. */
  originOf(position: number): number {
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#pieces[middle] as Piece).target < position) low = middle;
      else high = middle - 1;
    }
    const piece = this.#pieces[low];
    return piece === undefined ? 0 : Math.max(piece.start, Math.min(piece.start + position - piece.target, piece.end));
  }
}

/** One occurrence of a field: its tag, where it starts and ends, and where its contents start. */
interface Occurrence {
  readonly tag: number;
  readonly start: number;
  readonly contents: number;
  readonly end: number;
}

/** The occurrences of each singular message that merges with an earlier one. */
function occurrences(bytes: Uint8Array, type: MessageType<object>): Map<number, Occurrence[]> {
  const merging = new Map<number, Occurrence[]>();
  for (const field of type.fields) {
    const merges = isMessageType(field.type) && field.label === 'singular' && field.oneof === undefined && field.goDuration !== true;
    if (merges) merging.set(field.number * 8 + 2, []);
  }
  const reader = new WireReader(bytes);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.fieldTag();
    const parts = merging.get(tag);
    if (parts === undefined) {
      reader.skipField(tag, nothingKnown);
      continue;
    }
    const end = reader.endOfLength();
    parts.push({ tag, start, contents: reader.pos, end });
    reader.pos = end;
  }
  return merging;
}

function nothingKnown(): boolean {
  return false;
}

/** Collects bytes, never more than there are in the original but for the length of a length. */
class Assembly {
  readonly pieces: Piece[] = [];
  readonly #source: Uint8Array;
  readonly #target: Uint8Array;
  #length = 0;

  constructor(source: Uint8Array) {
    this.#source = source;
    this.#target = new Uint8Array(source.length + 16);
  }

  get bytes(): Uint8Array {
    return this.#target.subarray(0, this.#length);
  }

  take(start: number, end: number): void {
    if (start === end) return;
    this.pieces.push({ start, end, target: this.#length });
    this.#target.set(this.#source.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  takeMerged(parts: readonly Occurrence[]): void {
    const first = parts[0] as Occurrence;
    const length = parts.reduce((sum, { contents, end }) => sum + end - contents, 0);
    this.pieces.push({ start: first.start, end: first.start, target: this.#length });
    this.#varint(first.tag);
    this.#varint(length);
    for (const { contents, end } of parts) this.take(contents, end);
  }

  #varint(value: number): void {
    for (let rest = value; ; rest >>>= 7) {
      this.#target[this.#length++] = rest > 127 ? (rest & 127) | 128 : rest;
      if (rest <= 127) return;
    }
  }
}
