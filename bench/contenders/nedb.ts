import type { Task, TaskInput } from 'swarmstate';
import type { TaskContender } from './contender.ts';
import { flatten } from './flat-task.ts';
import type { FlatTask } from './flat-task.ts';
import { peerPackage } from './peer-package.ts';

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

type Document = Omit<FlatTask, 'task'> & { readonly _id: string; readonly text: string };

type NedbConstructor = new (options: object) => Nedb<Document>;

const indexed = [
  'serviceId',
  'nodeId',
  'slotKey',
  'desiredState',
  'state',
  'runtime',
  'name',
  'networks',
  'secrets',
  'configs',
  'volumes',
  'custom',
];

/** @seald-io/nedb, in memory, with an index on each of the twelve fields; lists are indexed by their members. The id is its `_id`. */
export class NedbTasks implements TaskContender {
  readonly #tasks: Nedb<Document>;

  constructor() {
    const Datastore = peerPackage('@seald-io/nedb') as NedbConstructor;
    this.#tasks = new Datastore({ inMemoryOnly: true });
  }

  async load(tasks: readonly Task[]): Promise<void> {
    for (const fieldName of indexed) await this.#tasks.ensureIndexAsync({ fieldName });
    for (let start = 0; start < tasks.length; start += 1000)
      await this.#tasks.insertAsync(tasks.slice(start, start + 1000).map(documentOf));
  }

  get(id: string): unknown {
    return this.#tasks.findOneAsync({ _id: id }).then((found) => (found === null ? undefined : (JSON.parse(found.text) as Task)));
  }

  async findByNode(nodeId: string): Promise<readonly Task[]> {
    return (await this.#tasks.findAsync({ nodeId }).sort({ _id: 1 })).map(({ text }) => JSON.parse(text) as Task);
  }

  async findAll(): Promise<readonly Task[]> {
    return (await this.#tasks.findAsync({}).sort({ _id: 1 })).map(({ text }) => JSON.parse(text) as Task);
  }

  create(task: Task): Promise<unknown> {
    return this.#tasks.insertAsync(documentOf(task));
  }

  update(next: TaskInput): Promise<unknown> {
    return this.#tasks.updateAsync({ _id: next.id }, documentOf(next as Task), {});
  }

  remove(id: string): Promise<unknown> {
    return this.#tasks.removeAsync({ _id: id }, {});
  }
}

/** The object as text: NeDB refuses dots in the names of fields, which labels have. */
function documentOf(object: Task): Document {
  const { task, ...fields } = flatten(object);
  return { _id: object.id, ...fields, text: JSON.stringify(task) };
}
