import type { Kind } from '../../../wire/generated/kinds.ts';
import { searchText } from '../../objects/json.ts';
import type { AnyObject } from '../../objects/moment.ts';

/** The longest time without a pause, in milliseconds. */
const SLICE_MS = 8;

/** The result of a search, or of its part until now. */
export interface Found {
  readonly rows: readonly AnyObject[];
  readonly complete: boolean;
}

/**
 * Full-text search in all fields of a table's objects. All words have to be found. The texts of the objects are made in
 * slices, so that the page goes on working; each object's text is made once.
 */
export class TextSearch {
  readonly #kind: Kind;
  readonly #onProgress: () => void;
  #rows: readonly AnyObject[] = [];
  #text = '';
  #found: Found = { rows: [], complete: true };
  #results = new WeakMap<AnyObject, boolean>();
  #waiting = false;
  #stopped = false;

  constructor(kind: Kind, onProgress: () => void) {
    this.#kind = kind;
    this.#onProgress = onProgress;
  }

  find(rows: readonly AnyObject[], text: string): Found {
    const wanted = text.trim().toLowerCase();
    if (wanted === '') return { rows, complete: true };
    if (wanted !== this.#text) this.#results = new WeakMap();
    if (wanted !== this.#text || rows !== this.#rows || !this.#found.complete) {
      this.#text = wanted;
      this.#rows = rows;
      this.#search();
    }
    return this.#found;
  }

  stop(): void {
    this.#stopped = true;
  }

  #search(): void {
    const end = performance.now() + SLICE_MS;
    const words = this.#text.split(/\s+/);
    const found: AnyObject[] = [];
    let complete = true;
    for (const object of this.#rows) {
      let result = this.#results.get(object);
      if (result === undefined) {
        if (performance.now() > end) {
          complete = false;
          continue;
        }
        const content = searchText(this.#kind, object);
        result = words.every((word) => content.includes(word));
        this.#results.set(object, result);
      }
      if (result) found.push(object);
    }
    this.#found = { rows: found, complete };
    if (!complete && !this.#waiting) {
      this.#waiting = true;
      setTimeout(() => {
        this.#waiting = false;
        if (!this.#stopped) this.#onProgress();
      });
    }
  }
}
