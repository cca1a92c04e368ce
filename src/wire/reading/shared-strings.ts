/**
 * The longest string that is shared, in bytes. Longer ones are seldom equal. A length below 128 is one byte on the
 * wire.
 */
export const LONGEST_SHARED = 64;
/** The number of slots for strings, at first and at most. */
const FIRST_PLACES = 1024;
const MOST_PLACES = 65_536;

/**
 * Finds the string that was read before from equal bytes. A large snapshot repeats ids of services and nodes, and
 * messages of states, for each task. Finding a string takes less time than making it, and leaves no garbage.
 *
 * A string is kept from its second occurrence on, in the one slot of its hash. Most strings are ids that occur once,
 * and must not displace the others.
 */
export class SharedStrings {
  #hashes = new Int32Array(FIRST_PLACES);
  #strings: (string | undefined)[] = places(FIRST_PLACES);
  #kept = 0;

  /** The kept string of the bytes from `start` to `end`, or undefined. `hash` is the hash of these bytes. */
  find(hash: number, buf: Uint8Array, start: number, end: number): string | undefined {
    const kept = this.#strings[hash & (this.#strings.length - 1)];
    return kept !== undefined && isMadeOf(kept, buf, start, end) ? kept : undefined;
  }

  /** Records a string that was not found. `bytes` is its length on the wire. */
  met(hash: number, text: string, bytes: number): void {
    const place = hash & (this.#hashes.length - 1);
    if (this.#hashes[place] !== hash) this.#hashes[place] = hash;
    // Only a string of ASCII, with as many characters as bytes, can be compared with bytes.
    else if (text.length === bytes) this.#keep(place, text);
  }

  #keep(place: number, text: string): void {
    const isNew = this.#strings[place] === undefined;
    this.#strings[place] = text;
    if (!isNew || ++this.#kept < this.#strings.length / 2 || this.#strings.length === MOST_PLACES) return;
    // The strings in use will occur again, and fill the new slots.
    this.#hashes = new Int32Array(this.#strings.length * 4);
    this.#strings = places(this.#hashes.length);
    this.#kept = 0;
  }
}

function places(count: number): (string | undefined)[] {
  return new Array<string | undefined>(count).fill(undefined);
}

function isMadeOf(text: string, buf: Uint8Array, start: number, end: number): boolean {
  const { length } = text;
  if (length !== end - start) return false;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== buf[start + i]) return false;
  return true;
}
