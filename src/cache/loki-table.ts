import Loki from 'lokijs';
import { lokiQuery } from './query.ts';

/** The path of a field to sort by; `desc` reverses the order. */
export type SortKey = string | { readonly by: string; readonly desc?: boolean | undefined };

/** A search in a table. */
export interface Search<T> {
  readonly query?: object | undefined;
  readonly where?: ((object: T) => boolean) | undefined;
  readonly sort?: readonly SortKey[] | undefined;
}

/** A method that the types of Loki lack. */
interface BatchRemoval {
  removeBatch(documents: readonly object[]): void;
}

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
 * - Loki's own dynamic views cost O(view) for each change and keep timers. The views here run their query again, at
 *   most once for each refresh.
 */
export class LokiTable<T extends { readonly id: string }> {
  readonly #collection: Loki.Collection<T>;
  readonly #documents = new Map<string, Document<T>>();
  readonly #indexed: ReadonlySet<string>;

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

  find({ query, where, sort }: Search<T>): readonly T[] {
    let found = this.#collection.chain();
    if (query !== undefined) found = found.find(lokiQuery(query, this.#indexed));
    if (where !== undefined) found = found.where(where);
    if (sort !== undefined && sort.length > 0) {
      // Loki's sort by a single field would use an index without a check that the index is up to date.
      const keys = sort.map((key): [string, boolean] =>
        typeof key === 'string' ? [key, false] : [key.by, key.desc === true],
      );
      found = found.compoundsort([...keys, ['id', false]] as [keyof T, boolean][]);
    }
    return Object.freeze(found.data());
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
