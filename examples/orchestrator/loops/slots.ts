import { and, byNodeId, byServiceId, bySlot } from 'swarmstate';
import type { ReadTx, Task } from 'swarmstate';
import { creationTime, isDone, shouldRun } from './tasks.ts';

/**
 * A place for one running task of a service: a numbered slot of a replicated service, or a node of a global service
 * (all its tasks have slot 0). A slot has many tasks over time; those before the current one are its history.
 */
export interface Slot {
  readonly serviceId: string;
  readonly slot: number;
  /** The node of a global service's slot; empty for a replicated service, whose tasks may be on any node. */
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

/** The tasks of one service, grouped by slot and sorted by the numbers of the slots (or the ids of their nodes). */
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
 * True when the slot needs no new task: a task runs in it or is about to, or the last one ended and is not replaced, by
 * its restart policy. A loop that stops a task for another reason creates the next one in the same transaction, or
 * removes the whole slot.
 */
export function isOccupied(tasks: readonly Task[]): boolean {
  return tasks.some((task) => shouldRun(task) || isDone(task));
}

/** The latest task of a slot. */
export function newestTask(tasks: readonly [Task, ...Task[]]): Task {
  return tasks.reduce((newest, task) => (creationTime(task) > creationTime(newest) ? task : newest));
}
