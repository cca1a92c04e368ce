import Loki from 'lokijs';
import { lokiQuery } from './query.ts';

/** A field to sort by, by its path; `desc` turns the order round. */
export type SortKey = string | { readonly by: string; readonly desc?: boolean | undefined };

/** What to find in a table. */
export interface Search<T> {
  readonly query?: object | undefined;
  readonly where?: ((object: T) => boolean) | undefined;
  readonly sort?: readonly SortKey[] | undefined;
}

/** What the types of Loki forget. */
interface BatchRemoval {
  removeBatch(documents: readonly object[]): void;
}

type Document<T> = T & { $loki: number };

/** Beyond this share of the rows it is cheaper to sort an index anew than to keep it right change by change. */
const bulkShare = 100;

/**
 * A Loki collection of copies of rows. The only place that knows Loki, and what is to be known about it:
 *
 * - Loki writes into what it is given. So it gets copies; they are frozen once it is through with them, so that nobody
 *   changes by accident what everybody reads. `$loki` is there, but not enumerable. `meta` is the object's own, Loki's
 *   is switched off.
 * - Loki's indexes are either kept with each change, which costs O(rows), or sorted anew by the next query. Here it is
 *   the former for small commits, the latter for large ones. While an index is out of date, `adaptiveBinaryIndices` has
 *   to be off: else Loki would use it as it is.
 * - Loki's own dynamic views cost O(view) for each change and keep timers. Here views ask again, at most as often as
 *   they are refreshed.
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

  /** Takes over the changes of a commit: an object by its id, undefined where it is gone. */
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
      // One pass over the rows for all of them; Loki would take one for each.
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
      // Loki's sort by a single field would use an index of it without looking whether it is right.
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
