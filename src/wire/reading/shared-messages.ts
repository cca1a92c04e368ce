import { uncountedMemory } from '../../base/uncounted-memory.ts';
import { hashOf } from './byte-hash.ts';
import type { ContentsReader, ReadableType } from './readable-type.ts';
import { SharedStrings } from './shared-strings.ts';

/** Messages with fewer bytes are read as quickly as they are looked up. */
export const SHORTEST_SHARED = 24;
/** Of each type of message, so many different contents are remembered at most. */
const MOST_CONTENTS = 65_536;
/**
 * After so many messages of a type it is looked whether any two of them were equal; where less than one in {@link
 * FEWEST_REPEATS} was, no more is looked for.
 */
const TRIAL = 4096;
const FEWEST_REPEATS = 100;
const SLAB_BYTES = 262_144;

/** The bytes of a message that was met twice, and what they were read as. */
interface Known {
  readonly slab: Buffer;
  readonly start: number;
  readonly end: number;
  readonly value: object;
}

/** What is known of one type. */
interface Shelf {
  /** By hash of the contents: undefined when they were met once. */
  readonly contents: Map<number, Known | undefined>;
  met: number;
  repeats: number;
}

/**
 * Makes one object of equal messages inside of a large one. The tasks of a service have the same spec, the nodes of a
 * cluster the same list of plugins: a snapshot holds it as often as there are tasks or nodes, and what is read from it
 * once per service or cluster. That takes half of the memory or more, and of the time.
 *
 * Messages are the same when their bytes are. They are kept from the second time on, so that those of which there is
 * only one cost a hash. Messages with bytes in them, which somebody could write to, are not shared.
 */
export class SharedMessages {
  /** The short strings, of messages that are not shared. */
  readonly strings: SharedStrings = new SharedStrings();
  readonly #shelves = new Map<object, Shelf | undefined>();
  #slab: Buffer = Buffer.alloc(0);
  #used = 0;

  /**
   * Reads a message whose contents are from the reader's position to `end`, or gives the one that was read from the
   * same bytes.
   */
  read<M extends object>(reader: ContentsReader, type: ReadableType<M, ContentsReader>, end: number): M {
    const shelf = this.#shelfOf(type);
    if (shelf === undefined) return reader.readUpTo(end, type);
    const { buf, pos: start } = reader;
    const hash = hashOf(buf, start, end);
    const { contents } = shelf;
    const known = contents.get(hash);
    if (known !== undefined && known.slab.compare(buf, start, end, known.start, known.end) === 0) {
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
    // Of stored objects no two are equal.
    const made = type.isStored ? undefined : { contents: new Map<number, Known | undefined>(), met: 0, repeats: 0 };
    this.#shelves.set(type, made);
    return made;
  }

  /** Notes the contents between two places of `buf`. Those that are met for the first time are not copied. */
  #remember(shelf: Shelf, hash: number, buf: Uint8Array, from: number, to: number, value: object): void {
    const { contents } = shelf;
    if (!contents.has(hash)) {
      if (contents.size < MOST_CONTENTS) contents.set(hash, undefined);
      return;
    }
    shelf.repeats++;
    const bytes = buf.subarray(from, to);
    if (this.#used + bytes.length > this.#slab.length) {
      this.#slab = Buffer.from(uncountedMemory(Math.max(SLAB_BYTES, bytes.length)));
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
