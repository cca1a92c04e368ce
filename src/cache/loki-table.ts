import Loki from 'lokijs';
import type { CompiledQuery } from './query/compiled-query.ts';
import type { RowOrder } from './query/row-order.ts';

/** A search in a table, checked and prepared. */
export interface Search<T> {
  readonly query?: CompiledQuery | undefined;
  readonly where?: ((object: T) => boolean) | undefined;
  readonly order?: RowOrder | undefined;
}

/** A method that the types of Loki lack. */
interface BatchRemoval {
  removeBatch(documents: readonly object[]): void;
}

type Rows<T extends object> = Resultset<T & LokiObj>;

type Document<T> = T & { $loki: number };

/**
 * A commit that changes more than one row in this many makes the next query sort the indexes again. That is cheaper
 * than an update of the indexes for each change.
 */
const bulkShare = 100;

/**
 * A Loki collection of copies of rows. The only file that uses Loki, and works around it:
 *
 * - Loki writes into the objects that it is given, so it gets copies. They are frozen after Loki has written, so that
 *   no reader changes them by accident. `$loki` is present, but not enumerable. `meta` is the object's own; Loki's
 *   `meta` is switched off.
 * - Loki either updates its indexes with each change, which costs O(rows), or sorts them again in the next query. This
 *   class takes the former for small commits and the latter for large ones. `adaptiveBinaryIndices` must be off while
 *   an index is out of date: Loki would use that index as it is.
 * - Loki's operators and sorts compare large integers as floats, and skip conditions that they do not know. So Loki
 *   only
 *   finds rows by an index; queries and orders are those of the folder `query`.
 * - Loki's own dynamic views cost O(view) for each change and keep timers. The views here run their query again, at
 *   most once for each refresh.
 */
export class LokiTable<T extends { readonly id: string }> {
  readonly #collection: Loki.Collection<T>;
  readonly #documents = new Map<string, Document<T>>();
  readonly #indexed: Set<string>;

  constructor(name: string, indices: readonly string[]) {
    this.#indexed = new Set(indices);
    this.#collection = new Loki('swarmstate', { env: 'NA' }).addCollection<T>(name, {
      disableMeta: true,
      disableChangesApi: true,
      adaptiveBinaryIndices: false,
      serializableIndices: false,
      indices: [...this.#indexed] as (keyof T)[],
    });
  }

  get size(): number {
    return this.#documents.size;
  }

  /** The paths that have an index. */
  get indexed(): ReadonlySet<string> {
    return this.#indexed;
  }

  /** Adds an index. O(rows log rows). */
  addIndex(path: string): void {
    if (this.#indexed.has(path)) return;
    this.#collection.ensureIndex(path as keyof T);
    this.#indexed.add(path);
  }

  get(id: string): T | undefined {
    return this.#documents.get(id);
  }

  /** Applies the changes of a commit: for each id the new object, or undefined for a deleted one. */
  apply(changes: ReadonlyMap<string, T | undefined>): void {
    const collection = this.#collection;
    collection.adaptiveBinaryIndices = changes.size * bulkShare <= this.#documents.size && this.#indexesAreRight();
    try {
      const removed: Document<T>[] = [];
      for (const [id, object] of changes) {
        const had = this.#documents.get(id);
        if (object !== undefined) this.#put(id, object, had);
        else if (had !== undefined) {
          removed.push(had);
          this.#documents.delete(id);
        }
      }
      // One pass over the rows for all removals; Loki would make one pass for each.
      if (removed.length > 0) {
        collection.adaptiveBinaryIndices = false;
        (collection as unknown as BatchRemoval).removeBatch(removed);
      }
    } finally {
      collection.adaptiveBinaryIndices = false;
    }
  }

  find({ query, where, order }: Search<T>): readonly T[] {
    const found = this.#search({ query, where }).data();
    order?.sort(found);
    return Object.freeze(found);
  }

  count({ query, where }: Search<T>): number {
    return this.#search({ query, where }).count();
  }

  #search({ query, where }: Search<T>): Rows<T> {
    let found = this.#collection.chain();
    if (query !== undefined) {
      if (query.narrow !== undefined) found = found.find(query.narrow);
      found = found.where(query.test);
    }
    return where === undefined ? found : found.where(where);
  }

  #put(id: string, object: T, had: Document<T> | undefined): void {
    const document = Object.defineProperty({ ...object }, '$loki', {
      value: had?.$loki,
      writable: true,
      configurable: true,
    }) as Document<T>;
    if (had === undefined) this.#collection.insertOne(document);
    else this.#collection.update(document);
    this.#documents.set(id, Object.freeze(document));
  }

  #indexesAreRight(): boolean {
    return Object.values(this.#collection.binaryIndices).every(
      (index) => !(index as unknown as { readonly dirty: boolean }).dirty,
    );
  }
}
