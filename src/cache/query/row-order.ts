import { compareValues } from './compare.ts';
import { FieldReader } from './field-reader.ts';

/** A field to sort by. */
export interface OrderKey {
  readonly path: string;
  readonly desc: boolean;
}

interface Keyed<T> {
  readonly row: T;
  readonly values: readonly unknown[];
}

/**
 * The order of a result: by fields, the most significant first. Rows that are equal in all of them are sorted by id.
 */
export class RowOrder {
  readonly #keys: readonly { readonly reader: FieldReader; readonly desc: boolean }[];

  constructor(keys: readonly OrderKey[]) {
    this.#keys = [...keys, { path: 'id', desc: false }].map(({ path, desc }) => ({
      reader: new FieldReader(path),
      desc,
    }));
  }

  /** Sorts in place. O(rows log rows). */
  sort(rows: object[]): void {
    // Each field is read once for each row, not once for each comparison.
    const keyed = rows.map((row) => ({ row, values: this.#keys.map(({ reader }) => reader.read(row)) }));
    keyed.sort((a, b) => this.#compare(a, b));
    keyed.forEach(({ row }, position) => {
      rows[position] = row;
    });
  }

  #compare(a: Keyed<object>, b: Keyed<object>): number {
    for (let position = 0; position < this.#keys.length; position += 1) {
      const order = compareValues(a.values[position], b.values[position]);
      if (order !== 0) return this.#keys[position]?.desc === true ? -order : order;
    }
    return 0;
  }
}
