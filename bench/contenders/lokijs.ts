import type { Contender } from './contender.ts';
import { peerPackage } from './peer-package.ts';
import { keysOf } from './shape.ts';
import type { Identified, Shape } from './shape.ts';

interface Chain<T> {
  find(query: object): Chain<T>;
  simplesort(field: string): Chain<T>;
  data(): T[];
}

interface Collection<T extends object> {
  /** With `rebuild`, all indexes are made again afterwards, which suits many documents. */
  insert(document: T | T[], rebuild?: boolean): unknown;
  by(field: string, value: string): (T & object) | undefined;
  chain(): Chain<T>;
  update(document: T): unknown;
  remove(document: T): unknown;
  ensureAllIndexes(): void;
}

type Loki = new (name: string) => { addCollection<T extends object>(name: string, options: object): Collection<T> };

type Document<T> = Identified & { readonly object: T };

/**
 * LokiJS, with a unique index on the id, and a binary index on it and on each field with one value, which sorts as
 * well; it keeps them up to date with each write, its default. It has none for lists. An array of documents is for the
 * load: to update or remove one makes all indexes again, which takes longer than a few thousand changes one by one.
 */
export class LokiContender<T extends Identified> implements Contender<T> {
  readonly #shape: Shape<T>;
  readonly #documents: Collection<Document<T>>;

  constructor(shape: Shape<T>) {
    const Database = peerPackage('lokijs') as Loki;
    this.#shape = shape;
    this.#documents = new Database('bench').addCollection('objects', {
      unique: ['id'],
      indices: ['id', ...Object.keys(shape.single)],
    });
  }

  load(objects: readonly T[]): void {
    this.#documents.insert(
      objects.map((object) => this.#documentOf(object)),
      true,
    );
  }

  force(): void {
    this.#documents.ensureAllIndexes();
  }

  get(id: string): unknown {
    return this.#documents.by('id', id);
  }

  find(text: string): readonly Identified[] {
    const { found, keyOf } = this.#shape;
    return this.#documents
      .chain()
      .find({ [found]: keyOf(text) })
      .simplesort('id')
      .data();
  }

  findAll(): readonly Identified[] {
    return this.#documents.chain().simplesort('id').data();
  }

  create(object: T): void {
    this.#documents.insert(this.#documentOf(object));
  }

  update(next: T): void {
    this.#documents.update(this.#changed(next));
  }

  remove(id: string): void {
    this.#documents.remove(this.#documentAt(id));
  }

  createMany(objects: readonly T[]): void {
    for (const object of objects) this.create(object);
  }

  updateMany(next: readonly T[]): void {
    for (const object of next) this.update(object);
  }

  removeMany(ids: readonly string[]): void {
    for (const id of ids) this.remove(id);
  }

  #documentAt(id: string): Document<T> {
    return this.#documents.by('id', id) as Document<T>;
  }

  #changed(next: T): Document<T> {
    return Object.assign(this.#documentAt(next.id), this.#documentOf(next));
  }

  #documentOf(object: T): Document<T> {
    const { one, many } = keysOf(this.#shape, object);
    return { ...one, ...many, id: object.id, object };
  }
}
