import { deepStrictEqual } from 'node:assert';
import type { Node, Task } from 'swarmstate';
import { nodeContender, taskContender } from '../contenders/all-contenders.ts';
import type { Contender } from '../contenders/contender.ts';
import type { Identified } from '../contenders/shape.ts';
import { makeNodes, makeTasks, nameOf, nextNodeOf, nextOf, nodeIdOf } from '../lib/objects.ts';

const SIZE = 1000;

/** The same small program on a contender and on ours; every answer is compared. */
export async function checkTasks(contender: string): Promise<void> {
  const asked = Array.from({ length: 20 }, (_, number) => nodeIdOf(number));
  const tasks = makeTasks(0, SIZE, SIZE);
  const more = makeTasks(SIZE, 100, SIZE);
  const stateOf = (task: Task): unknown => task.status.state;
  await check(contender, taskContender, { objects: tasks, more, next: nextOf, asked, read: stateOf });
}

/** {@link checkTasks} for nodes: found by their names, in capitals too. */
export async function checkNodes(contender: string): Promise<void> {
  const asked = Array.from({ length: 120 }, (_, number) =>
    number % 2 === 0 ? nameOf(number) : nameOf(number).toUpperCase(),
  );
  const roleOf = (node: Node): unknown => node.role;
  await check(contender, nodeContender, {
    objects: makeNodes(0, SIZE),
    more: makeNodes(SIZE, 100),
    next: nextNodeOf,
    asked,
    read: roleOf,
  });
}

interface Program<T> {
  readonly objects: readonly T[];
  readonly more: readonly T[];
  readonly next: (object: T) => T;
  readonly asked: readonly string[];
  /** What an update changes. */
  readonly read: (object: T) => unknown;
}

async function check<T extends Identified>(
  name: string,
  make: (name: string) => Promise<Contender<T>>,
  program: Program<T>,
): Promise<void> {
  const answers: unknown[] = [];
  for (const contender of ['swarmstate', name]) {
    const store = await make(contender);
    await change(store, program);
    answers.push(await answersOf(store, program));
  }
  deepStrictEqual(answers[1], answers[0], `${name} answers otherwise than swarmstate`);
}

async function change<T extends Identified>(store: Contender<T>, { objects, more, next }: Program<T>): Promise<void> {
  await store.load(objects);
  await store.force?.();
  for (const object of more) await store.create(object);
  for (const object of objects.slice(100, 200)) await store.update(next(object));
  for (const object of objects.slice(150, 250)) await store.remove(object.id);
  await store.createMany(objects.slice(150, 200));
  await store.updateMany(objects.slice(150, 180).map(next));
  await store.removeMany(objects.slice(170, 200).map(({ id }) => id));
  await store.createTogether?.(objects.slice(200, 210));
  if (store.createTogether === undefined) await store.createMany(objects.slice(200, 210));
  const last = objects.slice(200, 205).map(next);
  if (store.updateTogether === undefined) await store.updateMany(last);
  else await store.updateTogether(last);
}

async function answersOf<T extends Identified>(store: Contender<T>, { asked, read }: Program<T>): Promise<unknown> {
  const found: string[][] = [];
  for (const text of asked) found.push((await store.find(text)).map(({ id }) => id));
  const every = (await store.findAll()).map(({ id }) => id);
  const changed: unknown[] = [];
  for (const id of every) changed.push(read(objectOf<T>(await store.get(id))));
  return { found, every, changed };
}

/** The object, whatever form a store keeps it in. */
function objectOf<T>(row: unknown): T {
  const { object } = row as { readonly object?: T };
  return object ?? (row as T);
}
