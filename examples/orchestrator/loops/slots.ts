import { and, byNodeId, byServiceId, bySlot } from 'swarmstate';
import type { ReadTx, Task } from 'swarmstate';
import { creationTime, isDone, shouldRun } from './tasks.ts';

/**
 * A place that a service has for one running task: a numbered slot of a replicated service, or a node of a global one
 * (whose tasks all have slot 0). Over time many tasks come and go in it; those before the current one are its history.
 */
export interface Slot {
  readonly serviceId: string;
  readonly slot: number;
  /** The node of a global service's slot; empty for a replicated service, whose tasks may be anywhere. */
  readonly nodeId: string;
}

/** The slot that a task is in. */
export function slotOf(task: Task): Slot {
  return { serviceId: task.serviceId, slot: task.slot, nodeId: task.slot === 0 ? task.nodeId : '' };
}

/** All tasks of a slot, history included. O(result), for a global service O(tasks on the node). */
export function tasksInSlot(tx: ReadTx, { serviceId, slot, nodeId }: Slot): readonly Task[] {
  return slot === 0
    ? tx.tasks.find(and(byNodeId(nodeId), byServiceId(serviceId)))
    : tx.tasks.find(bySlot(serviceId, slot));
}

/** Tasks of one service by their slots, in the order of the slots' numbers (or their nodes' ids). */
export function groupBySlot(tasks: readonly Task[]): readonly (readonly [Task, ...Task[]])[] {
  const groups = new Map<string, [Task, ...Task[]]>();
  for (const task of tasks) {
    const key = task.slot === 0 ? task.nodeId : String(task.slot);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [task]);
    else group.push(task);
  }
  return [...groups.values()].sort(([a], [b]) => a.slot - b.slot || (a.nodeId < b.nodeId ? -1 : 1));
}

/**
 * True when the slot needs no new task: one runs in it or is about to, or the last one ended and stays ended by its
 * restart policy. Whoever stops a task for another reason puts the next one into the slot in the same transaction, or
 * removes the slot as a whole.
 */
export function isOccupied(tasks: readonly Task[]): boolean {
  return tasks.some((task) => shouldRun(task) || isDone(task));
}

/** The task of a slot that was created last. */
export function newestTask(tasks: readonly [Task, ...Task[]]): Task {
  return tasks.reduce((newest, task) => (creationTime(task) > creationTime(newest) ? task : newest));
}
