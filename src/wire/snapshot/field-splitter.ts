/** How many bytes of fields are given at once, at least: decoding them is a fraction of a millisecond of work. */
const PART = 16 * 1024;

/** In the place of where a field ends: the bytes are not there yet. */
const MISSING = -1;
/** In the place of where a field ends: these bytes are no field. */
const MALFORMED = -2;

/**
 * Cuts a stream of bytes into parts that hold whole fields of a message. Every part is an encoded message by itself,
 * and the lists of the whole are those of the parts one after the other. What is malformed is given as a part too, so
 * that the decoder says what is wrong with it.
 */
export class FieldSplitter {
  #chunks: Uint8Array[] = [];
  /** The bytes in `#chunks`, and how many there must be before it makes sense to look again. */
  #length = 0;
  #wanted = 1;
  #offset = 0;

  /** Where the next part begins in the stream. */
  get offset(): number {
    return this.#offset;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The next part, or undefined when more bytes are needed for one. It is good until the next call. */
  take(): Uint8Array | undefined {
    if (this.#length < this.#wanted) return undefined;
    const bytes = this.#joined();
    let end = 0;
    while (end < PART && end < bytes.length) {
      const next = endOfField(bytes, end);
      if (next === MALFORMED) {
        end = bytes.length;
        break;
      }
      if (next === MISSING || next > bytes.length) {
        // Looking again is O(1) until the whole field is there, so that a long one is not put together for each chunk.
        if (end === 0) this.#wanted = next === MISSING ? bytes.length + 1 : next;
        break;
      }
      end = next;
    }
    return end === 0 ? undefined : this.#cut(bytes, end);
  }

  /** What is left when no more bytes come: the beginning of a field, or nothing. */
  rest(): Uint8Array {
    const bytes = this.#joined();
    return this.#cut(bytes, bytes.length);
  }

  #joined(): Uint8Array {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks, this.#length)];
    return this.#chunks[0] as Uint8Array;
  }

  #cut(bytes: Uint8Array, end: number): Uint8Array {
    this.#chunks = end === bytes.length ? [] : [bytes.subarray(end)];
    this.#length -= end;
    this.#offset += end;
    this.#wanted = 1;
    return bytes.subarray(0, end);
  }
}

/** Where the field ends that begins at `start`; it may be behind the end of the bytes. */
function endOfField(bytes: Uint8Array, start: number): number {
  let position = start;
  let groups = 0;
  do {
    const content = endOfVarint(bytes, position);
    if (content < 0) return content;
    const tag = bytes[position] as number;
    position = content;
    // A tag's first byte holds its wire type.
    switch (tag & 7) {
      case 0:
        position = endOfVarint(bytes, content);
        break;
      case 1:
        position = content + 8;
        break;
      case 2:
        position = endOfContents(bytes, content);
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
    if (groups > 0 && position >= bytes.length) return MISSING;
  } while (groups > 0);
  return position;
}

function endOfVarint(bytes: Uint8Array, start: number): number {
  for (let position = start; position < start + 10; position += 1) {
    if (position >= bytes.length) return MISSING;
    if ((bytes[position] as number) < 128) return position + 1;
  }
  return MALFORMED;
}

function endOfContents(bytes: Uint8Array, start: number): number {
  const end = endOfVarint(bytes, start);
  if (end < 0) return end;
  let length = 0;
  for (let position = end - 1; position >= start; position -= 1)
    length = length * 128 + ((bytes[position] as number) & 127);
  return length > 0x7fffffff ? MALFORMED : end + length;
}
