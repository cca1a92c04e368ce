import { MessagePieces } from './message-pieces.ts';
import type { MessageType } from './message-type.ts';
import { WireError } from './wire-error.ts';
import { WireReader } from './wire-reader.ts';

/**
 * Reads input in which a singular message occurs more than once, so that its parts have to be merged. Merging is the same
 * as reading the parts one after the other as a single message: before a message is read, the parts of each
 * of its singular messages are put together. Every byte is copied at most once per level of nesting, however often a message is
 * repeated; no encoder writes such input, so it may be slower than the ordinary reader.
 */
export class MergingReader extends WireReader {
  root<M extends object>(type: MessageType<M>): M {
    return this.#merged(type, this.len);
  }

  override message<M extends object>(type: MessageType<M>): M {
    return this.#merged(type, this.endOfLength());
  }

  /** Reads the message from here to `end`. */
  #merged<M extends object>(type: MessageType<M>, end: number): M {
    const start = this.pos;
    const pieces = this.#pieces(type, start, end);
    const reader = new MergingReader(pieces.bytes);
    try {
      const value = type.read(reader);
      this.pos = end;
      return value;
    } catch (error) {
      if (!(error instanceof Error) || error instanceof TypeError) throw error;
      const at = start + pieces.originOf(error instanceof WireError ? error.offset : reader.pos);
      throw error instanceof WireError || isProtobufjsError(error) ? new WireError(reasonOf(error), at) : error;
    }
  }

  #pieces(type: MessageType<object>, start: number, end: number): MessagePieces {
    try {
      return new MessagePieces(this.buf.subarray(start, end), type);
    } catch (error) {
      if (error instanceof WireError) throw new WireError(error.message, start + error.offset);
      throw error;
    }
  }
}

function isProtobufjsError(error: Error): boolean {
  return error instanceof RangeError || Object.getPrototypeOf(error) === Error.prototype;
}

function reasonOf(error: Error): string {
  return error instanceof WireError ? error.message : 'an element that is cut off or malformed';
}
