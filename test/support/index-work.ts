import type { KeyMap } from '../../src/engine/index/key-map.ts';
import type { RowStorage } from '../../src/engine/rows/row-storage.ts';

/**
 * How often the entries of an index were looked up and written, and keys were built for it. Nothing is left out, and
 * what is 0 is not there.
 */
export interface IndexWork {
  lookUps?: number;
  writes?: number;
  keys?: number;
}

/**
 * Counts the work on a table's ids and indexes from here on: it puts counters around the maps and the declarations of
 * that one table, so that the code that is counted knows nothing of it.
 */
export class IndexWorkCounter {
  #work: Record<string, IndexWork> = {};
  #comparisons = 0;

  constructor(rows: RowStorage) {
    this.#countMap('id', rows.ids);
    for (const index of rows.indexes) {
      const { name, keys } = index.declaration;
      this.#countMap(name, index.postings);
      const counting = (row: object): ReturnType<typeof keys> => {
        this.#count(name, 'keys');
        return keys(row);
      };
      Object.assign(index, { declaration: { ...index.declaration, keys: counting } });
    }
    const compare = rows.compareNumbers;
    Object.assign(rows, {
      compareNumbers: (a: number, b: number): number => {
        this.#comparisons += 1;
        return compare(a, b);
      },
    });
  }

  /** What was done since the last call, by the name of the index. */
  take(): Record<string, IndexWork> {
    const work = this.#work;
    this.#work = {};
    return work;
  }

  /** How often two ids were compared since the last call. */
  takeComparisons(): number {
    const comparisons = this.#comparisons;
    this.#comparisons = 0;
    return comparisons;
  }

  #count(index: string, what: keyof IndexWork): void {
    const work = (this.#work[index] ??= {});
    work[what] = (work[what] ?? 0) + 1;
  }

  #countMap<V>(index: string, map: KeyMap<V>): void {
    const get = map.get.bind(map);
    const set = map.set.bind(map);
    const remove = map.delete.bind(map);
    map.get = (key) => {
      this.#count(index, 'lookUps');
      return get(key);
    };
    map.set = (key, value) => {
      this.#count(index, 'writes');
      set(key, value);
    };
    map.delete = (key) => {
      this.#count(index, 'writes');
      return remove(key);
    };
  }
}
