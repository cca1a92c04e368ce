import type { Contender } from './contender.ts';
import { peerPackage } from './peer-package.ts';
import { keysOf } from './shape.ts';
import type { Identified, Shape } from './shape.ts';

interface Cursor<T> extends PromiseLike<T[]> {
  sort(order: object): Cursor<T>;
}

interface Nedb<T> {
  ensureIndexAsync(options: { fieldName: string; unique?: boolean }): Promise<void>;
  insertAsync(document: T | T[]): Promise<unknown>;
  findOneAsync(query: object): Promise<T | null>;
  findAsync(query: object): Cursor<T>;
  updateAsync(query: object, next: T, options: object): Promise<unknown>;
  removeAsync(query: object, options: object): Promise<unknown>;
}

interface Document {
  readonly _id: string;
  readonly text: string;
}

type NedbConstructor = new (options: object) => Nedb<Document>;

/**
 * NeDB, the fork that is kept up, in memory, with an index on each field; lists are indexed by their members. The id is
 * its `_id`. Several new objects go in as an array, and several go out by one query; it has nothing for several
 * different updates.
 */
export class NedbContender<T extends Identified> implements Contender<T> {
  readonly #shape: Shape<T>;
  readonly #documents: Nedb<Document>;

  constructor(shape: Shape<T>) {
    const Datastore = peerPackage('@seald-io/nedb') as NedbConstructor;
    this.#shape = shape;
    this.#documents = new Datastore({ inMemoryOnly: true });
  }

  static async open<T extends Identified>(shape: Shape<T>): Promise<NedbContender<T>> {
    const contender = new NedbContender(shape);
    for (const fieldName of [...Object.keys(shape.single), ...Object.keys(shape.several)]) {
      await contender.#documents.ensureIndexAsync({ fieldName });
    }
    return contender;
  }

  async load(objects: readonly T[]): Promise<void> {
    // A piece at a time: it takes no more arguments than a call has room for.
    for (let start = 0; start < objects.length; start += 1000)
      await this.createMany(objects.slice(start, start + 1000));
  }

  get(id: string): Promise<T | undefined> {
    return this.#documents.findOneAsync({ _id: id }).then((found) => (found === null ? undefined : objectOf<T>(found)));
  }

  async find(text: string): Promise<readonly T[]> {
    const { found, keyOf } = this.#shape;
    return (await this.#documents.findAsync({ [found]: keyOf(text) }).sort({ _id: 1 })).map(objectOf<T>);
  }

  async findAll(): Promise<readonly T[]> {
    return (await this.#documents.findAsync({}).sort({ _id: 1 })).map(objectOf<T>);
  }

  create(object: T): Promise<unknown> {
    return this.#documents.insertAsync(this.#documentOf(object));
  }

  update(next: T): Promise<unknown> {
    return this.#documents.updateAsync({ _id: next.id }, this.#documentOf(next), {});
  }

  remove(id: string): Promise<unknown> {
    return this.#documents.removeAsync({ _id: id }, {});
  }

  createMany(objects: readonly T[]): Promise<unknown> {
    return this.#documents.insertAsync(objects.map((object) => this.#documentOf(object)));
  }

  async updateMany(next: readonly T[]): Promise<void> {
    for (const object of next) await this.update(object);
  }

  removeMany(ids: readonly string[]): Promise<unknown> {
    return this.#documents.removeAsync({ _id: { $in: ids } }, { multi: true });
  }

  /** The object as text: NeDB refuses dots in the names of fields, which labels have. */
  #documentOf(object: T): Document {
    const { one, many } = keysOf(this.#shape, object);
    return { ...one, ...many, _id: object.id, text: JSON.stringify(object) };
  }
}

function objectOf<T>({ text }: Document): T {
  return JSON.parse(text) as T;
}
