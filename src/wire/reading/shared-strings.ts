/** Longer strings are seldom equal. Below 128 the length of a string is one byte on the wire. */
export const LONGEST_SHARED = 64;
/** Places for strings, at first and at most. */
const FIRST_PLACES = 1024;
const MOST_PLACES = 65_536;

/**
 * Gives a string that was read before for equal bytes: the ids of services and nodes, and the messages of states, stand
 * in a large snapshot as often as there are tasks. Finding one takes less time than making it, and leaves nothing to
 * collect.
 *
 * A string is kept from the second time on that it is met, at the one place that its hash has: most are ids that come
 * once, and must not push out the others.
 */
export class SharedStrings {
  #hashes = new Int32Array(FIRST_PLACES);
  #strings: (string | undefined)[] = places(FIRST_PLACES);
  #kept = 0;

  /** The string that is kept for the bytes from `start` to `end`, which have that hash. */
  find(hash: number, buf: Uint8Array, start: number, end: number): string | undefined {
    const kept = this.#strings[hash & (this.#strings.length - 1)];
    return kept !== undefined && isMadeOf(kept, buf, start, end) ? kept : undefined;
  }

  /** Takes note of a string that was not found, and of how many bytes it was made. */
  met(hash: number, text: string, bytes: number): void {
    const place = hash & (this.#hashes.length - 1);
    if (this.#hashes[place] !== hash) this.#hashes[place] = hash;
    // Only a string of as many characters can be compared with bytes.
    else if (text.length === bytes) this.#keep(place, text);
  }

  #keep(place: number, text: string): void {
    const isNew = this.#strings[place] === undefined;
    this.#strings[place] = text;
    if (!isNew || ++this.#kept < this.#strings.length / 2 || this.#strings.length === MOST_PLACES) return;
    // What is used will be met again.
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
