import { isSeal } from './seal.ts';

/** The size of a part, in bytes: decoding a part of this size is a fraction of a millisecond of work. */
const PART = 16 * 1024;

/** In the place of a position: the bytes are not there yet. */
const MISSING = -1;
/** In the place of a position: the bytes are malformed. */
const MALFORMED = -2;

const NO_BYTES = new Uint8Array(0);

/**
 * Cuts a stream of bytes into parts that hold whole fields of a message. Every part is an encoded message by itself,
 * and the lists of the whole are those of the parts one after the other. Malformed bytes are given as a part too, so
 * that the decoder says what is wrong. A seal is a part of its own.
 *
 * Each byte is looked at once and copied O(1) times, whatever the chunks and fields are: a field that is not complete
 * is never scanned again from its start.
 */
export class FieldSplitter {
  /** The bytes that were not given yet are in `#bytes[#start … #end)`. */
  #bytes: Uint8Array = NO_BYTES;
  #start = 0;
  #end = 0;
  /** True when `#bytes` is ours, with room behind `#end`. Otherwise it is a chunk of the caller's. */
  #owned = false;
  /** Complete fields end here. */
  #fieldsEnd = 0;
  /** The next element begins here; it may be behind `#end`. Differs from `#fieldsEnd` inside of a group. */
  #next = 0;
  /** The number of open groups. */
  #groups = 0;
  #offset = 0;

  /** The position of the next part in the stream. */
  get offset(): number {
    return this.#offset;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    const waiting = this.#end - this.#start;
    if (waiting === 0) {
      this.#move(chunk, 0, chunk.length, false);
      return;
    }
    if (!this.#owned || this.#bytes.length - this.#end < chunk.length) {
      // Twice as much as there is: a byte is moved O(1) times, on average.
      const larger = new Uint8Array(Math.max(waiting + chunk.length, 2 * waiting));
      larger.set(this.#bytes.subarray(this.#start, this.#end));
      this.#move(larger, 0, waiting, true);
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next part, or undefined when more bytes are needed for one. */
  take(): Uint8Array | undefined {
    while (this.#fieldsEnd - this.#start < PART) {
      const sealed = this.#groups === 0 && isSeal(this.#bytes, this.#next, this.#end);
      if (sealed && this.#fieldsEnd > this.#start) break;
      const reached = this.#step();
      if (reached === MISSING) break;
      if (reached === MALFORMED) return this.#cut(this.#end);
      if (sealed) break;
    }
    return this.#fieldsEnd === this.#start ? undefined : this.#cut(this.#fieldsEnd);
  }

  /** The bytes that are left when the stream has ended: the beginning of a field, or nothing. */
  rest(): Uint8Array {
    return this.#cut(this.#end);
  }

  /** Passes over one element: a field, or the start or end of a group. */
  #step(): number {
    const bytes = this.#bytes;
    const end = this.#end;
    const content = endOfVarint(bytes, this.#next, end);
    if (content < 0) return content;
    let position = content;
    let groups = this.#groups;
    // The first byte of a tag holds its wire type.
    switch ((bytes[this.#next] as number) & 7) {
      case 0:
        position = endOfVarint(bytes, content, end);
        break;
      case 1:
        position = content + 8;
        break;
      case 2:
        position = endOfContents(bytes, content, end);
        break;
      case 3:
        groups += 1;
        break;
      case 4:
        groups -= 1;
        break;
      case 5:
        position = content + 4;
        break;
      default:
        return MALFORMED;
    }
    if (position < 0) return position;
    if (groups < 0) return MALFORMED;
    if (position > end) return MISSING;
    this.#next = position;
    this.#groups = groups;
    if (groups === 0) this.#fieldsEnd = position;
    return position;
  }

  #cut(end: number): Uint8Array {
    const part = this.#bytes.subarray(this.#start, end);
    this.#offset += part.length;
    this.#start = this.#fieldsEnd = this.#next = end;
    this.#groups = 0;
    return part;
  }

  /** Goes on with other memory for the bytes that wait. */
  #move(bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    const moved = start - this.#start;
    this.#fieldsEnd += moved;
    this.#next += moved;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#owned = owned;
  }
}

function endOfVarint(bytes: Uint8Array, start: number, end: number): number {
  for (let position = start; position < start + 10; position += 1) {
    if (position >= end) return MISSING;
    if ((bytes[position] as number) < 128) return position + 1;
  }
  return MALFORMED;
}

function endOfContents(bytes: Uint8Array, start: number, limit: number): number {
  const end = endOfVarint(bytes, start, limit);
  if (end < 0) return end;
  let length = 0;
  for (let position = end - 1; position >= start; position -= 1)
    length = length * 128 + ((bytes[position] as number) & 127);
  return length > 0x7fffffff ? MALFORMED : end + length;
}
