import { asBuffer, sameRange } from '../../base/host/bytes.ts';
import { uncountedMemory } from '../../base/uncounted-memory.ts';
import { hashOf } from './byte-hash.ts';
import type { ContentsReader, ReadableType } from './readable-type.ts';
import { SharedStrings } from './shared-strings.ts';

/** Messages with fewer bytes are not looked up, because reading them takes no longer. */
export const SHORTEST_SHARED = 24;
/** The most different contents that are remembered of each type of message. */
const MOST_CONTENTS = 65_536;
/**
 * The number of messages of a type between two looks at its repeats. A type with less than one repeat in {@link
 * FEWEST_REPEATS} messages is not shared any more.
 */
const TRIAL = 4096;
const FEWEST_REPEATS = 100;
const SLAB_BYTES = 262_144;

/** The bytes of a message that occurred twice, and the object that was read from them. */
interface Known {
  readonly slab: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly value: object;
}

/** The messages of one type. */
interface Shelf {
  /** By the hash of the contents; undefined for contents that occurred once. */
  readonly contents: Map<number, Known | undefined>;
  met: number;
  repeats: number;
}

/**
 * Makes equal messages inside a large one a single object. The tasks of a service have the same spec, and the nodes of
 * a cluster have the same plugins. A snapshot repeats them for each task and node; the objects that are read from it do
 * not. Sharing saves half of the memory or more, and half of the time.
 *
 * Messages are equal when their bytes are equal. Contents are kept from their second occurrence on, so that a message
 * that occurs once costs one hash. Messages with bytes in them are not shared, because a user could write to the bytes.
 */
export class SharedMessages {
  /** The short strings of the messages that are not shared. */
  readonly strings: SharedStrings = new SharedStrings();
  readonly #shelves = new Map<object, Shelf | undefined>();
  #slab: Uint8Array = new Uint8Array(0);
  #used = 0;

  /** Reads the message between the reader's position and `end`, or returns the one that was read from equal bytes. */
  read<M extends object>(reader: ContentsReader, type: ReadableType<M, ContentsReader>, end: number): M {
    const shelf = this.#shelfOf(type);
    if (shelf === undefined) return reader.readUpTo(end, type);
    const { buf, pos: start } = reader;
    const hash = hashOf(buf, start, end);
    const { contents } = shelf;
    const known = contents.get(hash);
    if (
      known !== undefined &&
      end - start === known.end - known.start &&
      sameRange(known.slab, known.start, known.end, buf, start)
    ) {
      shelf.met++;
      shelf.repeats++;
      reader.pos = end;
      return known.value as M;
    }
    const value = reader.readUpTo(end, type);
    if (known === undefined && !type.holdsBytes(value)) this.#remember(shelf, hash, buf, start, end, value);
    if (++shelf.met % TRIAL === 0 && shelf.repeats * FEWEST_REPEATS < shelf.met) this.#shelves.set(type, undefined);
    return value;
  }

  #shelfOf<M extends object>(type: ReadableType<M, ContentsReader>): Shelf | undefined {
    const shelf = this.#shelves.get(type);
    if (shelf !== undefined || this.#shelves.has(type)) return shelf;
    // Stored objects are never equal, because each has its own id.
    const made = type.isStored ? undefined : { contents: new Map<number, Known | undefined>(), met: 0, repeats: 0 };
    this.#shelves.set(type, made);
    return made;
  }

  /** Remembers the contents between two positions of `buf`. Contents that occur for the first time are not copied. */
  #remember(shelf: Shelf, hash: number, buf: Uint8Array, from: number, to: number, value: object): void {
    const { contents } = shelf;
    if (!contents.has(hash)) {
      if (contents.size < MOST_CONTENTS) contents.set(hash, undefined);
      return;
    }
    shelf.repeats++;
    const bytes = buf.subarray(from, to);
    if (this.#used + bytes.length > this.#slab.length) {
      this.#slab = asBuffer(new Uint8Array(uncountedMemory(Math.max(SLAB_BYTES, bytes.length))));
      this.#used = 0;
    }
    const slab = this.#slab;
    const start = this.#used;
    const end = start + bytes.length;
    slab.set(bytes, start);
    this.#used = end;
    contents.set(hash, { slab, start, end, value });
  }
}
