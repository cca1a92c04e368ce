import type { KeyMap } from '../../src/engine/index/key-map.ts';
import type { RowNumber } from '../../src/engine/rows/row-number.ts';
import type { RowStorage } from '../../src/engine/rows/row-storage.ts';

/**
 * How often entries of an index were looked up and written, and keys were built for it. A member is missing when it is
 * 0.
 */
export interface IndexWork {
  lookUps?: number;
  writes?: number;
  keys?: number;
}

/**
 * Counts the work on the ids and indexes of one table, from its construction on. Counters stand around the maps and
 * declarations of the table, so the counted code needs none of its own.
 */
export class IndexWorkCounter {
  #work: Record<string, IndexWork> = {};
  #comparisons = 0;

  constructor(storage: RowStorage) {
    this.#countMap('id', storage.ids);
    for (const index of storage.indexes) {
      const { name, keys } = index.declaration;
      this.#countMap(name, index.postings);
      const counting = (row: object): ReturnType<typeof keys> => {
        this.#count(name, 'keys');
        return keys(row);
      };
      Object.assign(index, { declaration: { ...index.declaration, keys: counting } });
    }
    const compare = storage.compareByIds;
    Object.assign(storage, {
      compareByIds: (a: RowNumber, b: RowNumber): number => {
        this.#comparisons += 1;
        return compare(a, b);
      },
    });
  }

  /** The work since the last call, by the name of the index. */
  take(): Record<string, IndexWork> {
    const work = this.#work;
    this.#work = {};
    return work;
  }

  /** The number of comparisons of two ids since the last call. */
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
