import type { Task, TaskInput } from 'swarmstate';
import type { TaskContender } from './contender.ts';
import { flatten } from './flat-task.ts';
import { peerModule } from './peer-package.ts';

type Row = Record<string, string | number>;

interface Store {
  getRow(table: string, id: string): Row;
  setRow(table: string, id: string, row: Row): Store;
  delRow(table: string, id: string): Store;
  getSortedRowIds(table: string): string[];
  getRowIds(table: string): string[];
  transaction<R>(actions: () => R): R;
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

const single = ['serviceId', 'nodeId', 'slotKey', 'desiredState', 'state', 'runtime', 'name'];
const several = ['networks', 'secrets', 'configs', 'volumes', 'custom'];

/** TinyBase: a row per task, its object in a cell as JSON (cells hold primitive values), and an index on each of the twelve fields, sorted by id. */
export class TinyBaseTasks implements TaskContender {
  readonly #store: Store;
  readonly #indexes: Indexes;

  constructor(library: TinyBase) {
    this.#store = library.createStore();
    this.#indexes = library.createIndexes(this.#store);
    for (const name of single) this.#indexes.setIndexDefinition(name, 'tasks', name, 'id');
    for (const name of several) this.#indexes.setIndexDefinition(name, 'tasks', (cell) => String(cell(name)).split(' '), 'id');
  }

  static async open(): Promise<TinyBaseTasks> {
    return new TinyBaseTasks((await peerModule('tinybase')) as TinyBase);
  }

  load(tasks: readonly Task[]): void {
    this.#store.transaction(() => {
      for (const task of tasks) this.create(task);
    });
  }

  get(id: string): unknown {
    return objectOf(this.#store.getRow('tasks', id));
  }

  findByNode(nodeId: string): readonly Task[] {
    return this.#indexes.getSliceRowIds('nodeId', nodeId).map((id) => objectOf(this.#store.getRow('tasks', id)));
  }

  findAll(): readonly Task[] {
    return this.#store
      .getRowIds('tasks')
      .sort()
      .map((id) => objectOf(this.#store.getRow('tasks', id)));
  }

  create(task: Task): void {
    this.#store.setRow('tasks', task.id, rowOf(task));
  }

  update(next: TaskInput): void {
    this.#store.setRow('tasks', next.id, rowOf(next as Task));
  }

  remove(id: string): void {
    this.#store.delRow('tasks', id);
  }
}

function objectOf(row: Row): Task {
  return JSON.parse(String(row['task'])) as Task;
}

function rowOf(task: Task): Row {
  const { networks, secrets, configs, volumes, custom, task: object, ...rest } = flatten(task);
  return {
    ...rest,
    networks: networks.join(' '),
    secrets: secrets.join(' '),
    configs: configs.join(' '),
    volumes: volumes.join(' '),
    custom: custom.join(' '),
    task: JSON.stringify(object),
  };
}
