import type { Task, TaskInput } from 'swarmstate';
import type { TaskContender } from './contender.ts';
import { flatten } from './flat-task.ts';
import type { FlatTask } from './flat-task.ts';
import { peerPackage } from './peer-package.ts';

interface Chain<T> {
  find(query: object): Chain<T>;
  simplesort(field: string): Chain<T>;
  data(): T[];
}

interface Collection<T extends object> {
  insert(document: T | T[]): unknown;
  by(field: string, value: string): (T & object) | undefined;
  chain(): Chain<T>;
  update(document: T | T[]): unknown;
  remove(document: T | T[]): unknown;
}

type Loki = new (name: string) => { addCollection<T extends object>(name: string, options: object): Collection<T> };

const indexed = ['serviceId', 'nodeId', 'slotKey', 'desiredState', 'state', 'runtime', 'name'];

/** LokiJS, with a unique index on the id and a binary index, kept up to date with each write (the default), on each field with one value; it has none for lists. */
export class LokiTasks implements TaskContender {
  readonly #tasks: Collection<FlatTask>;

  constructor() {
    const Database = peerPackage('lokijs') as Loki;
    this.#tasks = new Database('bench').addCollection<FlatTask>('tasks', { unique: ['id'], indices: indexed });
  }

  load(tasks: readonly Task[]): void {
    this.#tasks.insert(tasks.map(flatten));
  }

  get(id: string): unknown {
    return this.#tasks.by('id', id);
  }

  findByNode(nodeId: string): readonly FlatTask[] {
    return this.#tasks.chain().find({ nodeId }).simplesort('id').data();
  }

  findAll(): readonly FlatTask[] {
    return this.#tasks.chain().simplesort('id').data();
  }

  create(task: Task): void {
    this.#tasks.insert(flatten(task));
  }

  update(next: TaskInput): void {
    const document = this.#tasks.by('id', next.id);
    if (document !== undefined) this.#tasks.update(Object.assign(document, flatten(next as Task)));
  }

  remove(id: string): void {
    const document = this.#tasks.by('id', id);
    if (document !== undefined) this.#tasks.remove(document);
  }
}
