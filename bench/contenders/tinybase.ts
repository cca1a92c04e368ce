import type { Contender } from './contender.ts';
import { peerModule } from './peer-package.ts';
import { keysOf } from './shape.ts';
import type { Identified, Shape } from './shape.ts';

type Row = Record<string, string | number>;

interface Store {
  getCell(table: string, id: string, cell: string): string;
  setRow(table: string, id: string, row: Row): Store;
  delRow(table: string, id: string): Store;
  getRowIds(table: string): string[];
  transaction(actions: () => void): void;
}

interface Indexes {
  setIndexDefinition(
    index: string,
    table: string,
    slices: string | ((cell: (name: string) => unknown) => string | string[]),
    sort?: string,
  ): Indexes;
  getSliceRowIds(index: string, slice: string): string[];
}

interface TinyBase {
  createStore(): Store;
  createIndexes(store: Store): Indexes;
}

/**
 * TinyBase: a row per object, which is JSON in a cell (of objects in cells TinyBase makes JSON itself), and an index on
 * each field. The one that is asked is sorted by id; the others are not, because a change sorts all of a key's rows
 * again. Several writes are a transaction.
 */
export class TinyBaseContender<T extends Identified> implements Contender<T> {
  readonly #shape: Shape<T>;
  readonly #store: Store;
  readonly #indexes: Indexes;

  constructor(library: TinyBase, shape: Shape<T>) {
    this.#shape = shape;
    this.#store = library.createStore();
    this.#indexes = library.createIndexes(this.#store);
    for (const name of Object.keys(shape.single)) {
      if (name === shape.found) this.#indexes.setIndexDefinition(name, 'objects', name, 'id');
      else this.#indexes.setIndexDefinition(name, 'objects', name);
    }
    for (const name of Object.keys(shape.several)) {
      this.#indexes.setIndexDefinition(name, 'objects', (cell) => String(cell(name)).split(' '));
    }
  }

  static async open<T extends Identified>(shape: Shape<T>): Promise<TinyBaseContender<T>> {
    return new TinyBaseContender((await peerModule('tinybase')) as TinyBase, shape);
  }

  load(objects: readonly T[]): void {
    this.createMany(objects);
  }

  get(id: string): T {
    return JSON.parse(this.#store.getCell('objects', id, 'object')) as T;
  }

  find(text: string): readonly T[] {
    const { found, keyOf } = this.#shape;
    return this.#indexes.getSliceRowIds(found, keyOf(text)).map((id) => this.get(id));
  }

  findAll(): readonly T[] {
    return this.#store
      .getRowIds('objects')
      .sort()
      .map((id) => this.get(id));
  }

  create(object: T): void {
    this.#store.setRow('objects', object.id, this.#rowOf(object));
  }

  update(next: T): void {
    this.create(next);
  }

  remove(id: string): void {
    this.#store.delRow('objects', id);
  }

  createMany(objects: readonly T[]): void {
    this.#store.transaction(() => {
      for (const object of objects) this.create(object);
    });
  }

  updateMany(next: readonly T[]): void {
    this.createMany(next);
  }

  removeMany(ids: readonly string[]): void {
    this.#store.transaction(() => {
      for (const id of ids) this.remove(id);
    });
  }

  #rowOf(object: T): Row {
    const { one, many } = keysOf(this.#shape, object);
    const lists = Object.entries(many).map(([name, keys]) => [name, keys.join(' ')] as const);
    return { ...one, ...Object.fromEntries(lists), id: object.id, object: JSON.stringify(object) };
  }
}
