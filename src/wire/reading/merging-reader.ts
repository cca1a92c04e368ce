import { CoalescedMessage } from './coalesced-message.ts';
import type { ReadableType } from './readable-type.ts';
import { malformation } from './wire-error.ts';
import { WireReader } from './wire-reader.ts';

/**
 * Reads input in which a singular message occurs more than once. Protobuf merges the occurrences, which is the same as
 * reading their joined contents as one message. This reader joins them before it reads the message around them.
 *
 * Cost: each byte is copied at most once per level of nesting. The ordinary reader leaves such input to this slower
 * one, because no encoder writes it.
 */
export class MergingReader extends WireReader {
  root<M extends object>(type: ReadableType<M, WireReader>): M {
    return this.#merged(type, this.len);
  }

  override message<M extends object>(type: ReadableType<M, WireReader>): M {
    const end = this.endOfLength();
    return end === this.pos ? type.empty : this.#merged(type, end);
  }

  /** Reads the message between the position and `end`. */
  #merged<M extends object>(type: ReadableType<M, WireReader>, end: number): M {
    const start = this.pos;
    if (type.mergingTags.length === 0) return this.readUpTo(end, type);
    const reader = new MergingReader(this.buf.subarray(start, end));
    let coalesced: CoalescedMessage | undefined;
    let inner: MergingReader = reader;
    try {
      coalesced = new CoalescedMessage(reader.buf, type.mergingTags);
      inner = coalesced.bytes === reader.buf ? reader : new MergingReader(coalesced.bytes);
      const value = type.read(inner);
      this.pos = end;
      return value;
    } catch (error) {
      throw malformation(error, inner.pos)?.at((offset) => start + (coalesced?.originOf(offset) ?? offset)) ?? error;
    }
  }
}
