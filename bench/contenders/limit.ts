import type { Task, TaskInput } from 'swarmstate';
import type { TaskContender } from './contender.ts';

type Keys = readonly string[];

/** The keys of the twelve indexes besides the id, each from its source field. */
const one = (key: string): Keys => [key];
const single: readonly ((task: Task) => string)[] = [
  (task) => task.annotations.name.toLowerCase(),
  (task) => task.serviceId,
  (task) => task.nodeId,
  (task) => `${task.serviceId}|${String(task.slot)}`,
  (task) => String(task.desiredState),
  (task) => String(task.status.state),
  (task) => (task.spec.container === undefined ? 'other' : 'container'),
];
const several: readonly { readonly source: (task: Task) => unknown; readonly keys: (task: Task) => Keys }[] = [
  { source: (task) => task.spec.networks, keys: (task) => task.spec.networks.map((network) => network.target) },
  { source: (task) => task.spec.container?.secrets, keys: (task) => (task.spec.container?.secrets ?? []).map((secret) => secret.secretId) },
  { source: (task) => task.spec.container?.configs, keys: (task) => (task.spec.container?.configs ?? []).map((config) => config.configId) },
  { source: (task) => task.volumes, keys: (task) => task.volumes.map((volume) => volume.id) },
  { source: (task) => task.annotations.indices, keys: (task) => task.annotations.indices.flatMap(({ key, val }) => one(`${key}|${val}`)) },
];

const NODE = 2;

/**
 * The limit: Maps and Sets, as anybody would write them, for the same thirteen indexes. It keeps the objects that it is given, checks nothing, freezes nothing,
 * tells nobody, and cannot take anything back.
 */
export class Limit implements TaskContender {
  readonly #rows = new Map<string, Task>();
  readonly #single = single.map(() => new Map<string, Set<string>>());
  readonly #several = several.map(() => new Map<string, Set<string>>());

  load(tasks: readonly Task[]): void {
    for (const task of tasks) this.create(task);
  }

  get(id: string): Task | undefined {
    return this.#rows.get(id);
  }

  findByNode(nodeId: string): readonly Task[] {
    const found: Task[] = [];
    for (const id of this.#single[NODE]?.get(nodeId) ?? []) found.push(this.#rows.get(id) as Task);
    return found.sort(byId);
  }

  findAll(): readonly Task[] {
    return [...this.#rows.values()].sort(byId);
  }

  create(task: Task): void {
    this.#rows.set(task.id, task);
    for (let i = 0; i < single.length; i += 1) add(this.#single[i], single[i]?.(task) as string, task.id);
    for (let i = 0; i < several.length; i += 1) for (const key of several[i]?.keys(task) as Keys) add(this.#several[i], key, task.id);
  }

  update(next: TaskInput): void {
    const task = next as Task;
    const before = this.#rows.get(task.id) as Task;
    this.#rows.set(task.id, task);
    for (let i = 0; i < single.length; i += 1) {
      const keyOf = single[i] as (task: Task) => string;
      const old = keyOf(before);
      const key = keyOf(task);
      if (old === key) continue;
      drop(this.#single[i], old, task.id);
      add(this.#single[i], key, task.id);
    }
    for (let i = 0; i < several.length; i += 1) {
      const { source, keys } = several[i] as (typeof several)[number];
      if (source(before) === source(task)) continue;
      for (const key of keys(before)) drop(this.#several[i], key, task.id);
      for (const key of keys(task)) add(this.#several[i], key, task.id);
    }
  }

  remove(id: string): void {
    const task = this.#rows.get(id) as Task;
    this.#rows.delete(id);
    for (let i = 0; i < single.length; i += 1) drop(this.#single[i], single[i]?.(task) as string, id);
    for (let i = 0; i < several.length; i += 1) for (const key of several[i]?.keys(task) as Keys) drop(this.#several[i], key, id);
  }

  createMany(tasks: readonly Task[]): void {
    for (const task of tasks) this.create(task);
  }

  updateMany(next: readonly TaskInput[]): void {
    for (const task of next) this.update(task);
  }

  removeMany(ids: readonly string[]): void {
    for (const id of ids) this.remove(id);
  }
}

function byId(a: Task, b: Task): number {
  return a.id < b.id ? -1 : a.id === b.id ? 0 : 1;
}

function add(index: Map<string, Set<string>> | undefined, key: string, id: string): void {
  const ids = index?.get(key);
  if (ids === undefined) index?.set(key, new Set([id]));
  else ids.add(id);
}

function drop(index: Map<string, Set<string>> | undefined, key: string, id: string): void {
  const ids = index?.get(key);
  ids?.delete(id);
  if (ids?.size === 0) index?.delete(key);
}
