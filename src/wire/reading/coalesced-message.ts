import { varintSize } from '../../base/protobuf/varint.ts';
import { WireReader } from './wire-reader.ts';

/** Takes the tag of a field and the positions of its start, its contents and its end. */
type VisitField = (tag: number, start: number, contents: number, end: number) => void;

/**
 * An encoded message in which each field with one of the given tags occurs once. The contents of repeated fields are
 * joined at the place of the first one. Memory: one copy of the message, and nothing per field.
 */
export class CoalescedMessage {
  readonly bytes: Uint8Array;
  readonly #source: Uint8Array;
  /** The length of the contents of each repeated field, by tag. */
  readonly #lengths: ReadonlyMap<number, number>;

  constructor(source: Uint8Array, tags: readonly number[]) {
    this.#source = source;
    this.#lengths = repeatedLengths(source, tags);
    this.bytes = this.#lengths.size === 0 ? source : this.#assemble();
  }

  /**
   * The position in the source of a position in the result. A position between two copied parts belongs to the first.
   */
  originOf(position: number): number {
    if (this.#lengths.size === 0) return position;
    let origin = 0;
    this.#forEachPart((start, end, target) => {
      if (target < position && position <= target + end - start) origin = start + position - target;
    });
    return origin;
  }

  #assemble(): Uint8Array {
    // A joined length replaces the lengths of its parts, and is up to four bytes longer than one of them.
    const result = new Uint8Array(this.#source.length + 4 * this.#lengths.size);
    const length = this.#forEachPart(
      (start, end, target) => result.set(this.#source.subarray(start, end), target),
      (value, target) => writeVarint(result, value, target),
    );
    return result.subarray(0, length);
  }

  /** Calls `copy` for each part of the source and its position in the result. Returns the length of the result. */
  #forEachPart(
    copy: (start: number, end: number, target: number) => void,
    writeNumber?: (value: number, target: number) => void,
  ): number {
    const nextByTag = new Map<number, number>();
    let target = 0;
    forEachField(this.#source, (tag, start, contents, end) => {
      const length = this.#lengths.get(tag);
      if (length === undefined) {
        copy(start, end, target);
        target += end - start;
        return;
      }
      let next = nextByTag.get(tag);
      if (next === undefined) {
        writeNumber?.(tag, target);
        writeNumber?.(length, target + varintSize(tag));
        next = target + varintSize(tag) + varintSize(length);
        target = next + length;
      }
      copy(contents, end, next);
      nextByTag.set(tag, next + end - contents);
    });
    return target;
  }
}

function repeatedLengths(bytes: Uint8Array, tags: readonly number[]): Map<number, number> {
  const once = new Map<number, number>();
  const repeated = new Map<number, number>();
  forEachField(bytes, (tag, _start, contents, end) => {
    if (!tags.includes(tag)) return;
    const before = once.get(tag);
    once.set(tag, (before ?? 0) + end - contents);
    if (before !== undefined) repeated.set(tag, before + end - contents);
  });
  return repeated;
}

function forEachField(bytes: Uint8Array, visit: VisitField): void {
  const reader = new WireReader(bytes);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.fieldTag();
    let contents = reader.pos;
    if ((tag & 7) === 2 && tag >>> 3 !== 0) {
      const end = reader.endOfLength();
      contents = reader.pos;
      reader.pos = end;
    } else reader.skipField(tag, nothingIsKnown);
    visit(tag, start, contents, reader.pos);
  }
}

function nothingIsKnown(): boolean {
  return false;
}

function writeVarint(bytes: Uint8Array, value: number, target: number): void {
  let position = target;
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes[position++] = (rest & 127) | 128;
  bytes[position] = rest;
}
