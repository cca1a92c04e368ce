import { deepStrictEqual } from 'node:assert';
import type { Task } from 'swarmstate';
import { makeContender } from '../contenders/all-contenders.ts';
import type { TaskContender } from '../contenders/contender.ts';
import { makeTasks, nextOf, nodeIdOf } from '../lib/objects.ts';

const SIZE = 1000;
const NODES = 20;

/** Runs the same small program on a contender and on ours, and compares every answer. */
export async function checkAnswers(name: string): Promise<void> {
  const mine = await makeContender('swarmstate');
  const theirs = await makeContender(name);
  for (const store of [mine, theirs]) await program(store);
  const ours = await answersOf(mine);
  deepStrictEqual(await answersOf(theirs), ours, `${name} answers otherwise than swarmstate`);
}

async function program(store: TaskContender): Promise<void> {
  const tasks = makeTasks(0, SIZE, SIZE);
  const more = makeTasks(SIZE, 100, SIZE);
  await store.load(tasks);
  for (const task of more) await store.create(task);
  for (const task of tasks.slice(100, 200)) await store.update(nextOf(task));
  for (const task of tasks.slice(150, 250)) await store.remove(task.id);
  await store.createMany?.(tasks.slice(150, 200));
  await store.updateMany?.(tasks.slice(150, 180).map(nextOf));
  await store.removeMany?.(tasks.slice(150, 200).map(({ id }) => id));
}

async function answersOf(store: TaskContender): Promise<unknown> {
  const nodes: string[][] = [];
  for (let node = 0; node < NODES; node += 1) nodes.push((await store.findByNode(nodeIdOf(node))).map(({ id }) => id));
  const every = (await store.findAll()).map(({ id }) => id);
  const states: unknown[] = [];
  for (const id of every.slice(0, 200)) states.push(stateOf(await store.get(id)));
  return { nodes, every, states };
}

/** The state of a task, whatever form a store keeps it in. */
function stateOf(row: unknown): unknown {
  const { task, ...given } = row as { readonly task?: Task } & Task;
  return (task ?? given).status.state;
}
