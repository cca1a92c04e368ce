import type { Task, TaskInput } from 'swarmstate';

/** What a store under test can do with tasks: the same work for all of them, each in its own best way. */
export interface TaskContender {
  load(tasks: readonly Task[]): void | Promise<void>;
  /** One by its id. */
  get(id: string): unknown;
  /** Those of a node, in the order of their ids; give objects with an id. */
  findByNode(nodeId: string): readonly { readonly id: string }[] | Promise<readonly { readonly id: string }[]>;
  /** All, in the order of their ids. */
  findAll(): readonly { readonly id: string }[] | Promise<readonly { readonly id: string }[]>;
  /** One write, durable in the sense of the store (a transaction where it has any). */
  create(task: Task): void | Promise<unknown>;
  update(next: TaskInput): void | Promise<unknown>;
  remove(id: string): void | Promise<unknown>;
  /** Many writes as one, where the store knows such. */
  createMany?(tasks: readonly Task[]): void | Promise<unknown>;
  updateMany?(next: readonly TaskInput[]): void | Promise<unknown>;
  removeMany?(ids: readonly string[]): void | Promise<unknown>;
  /** After a round of writes, outside of the clock: reads what watchers have waiting. */
  settle?(): void | Promise<void>;
}
