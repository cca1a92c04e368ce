import { NodeSpecAvailability, NodeStatusState, TaskState } from 'swarmstate';
import type { Node, ReadTx, Task } from 'swarmstate';
import { milliseconds } from '../time.ts';

// Two states belong to a task. `desiredState` says what the managers want and only they write it; `status.state` says
// what is and, once the task is on a node, only its agent writes it. Both only ever move forward.

/** True while the managers want the task to run, or to be ready to. */
export function shouldRun(task: Task): boolean {
  return task.desiredState <= TaskState.RUNNING;
}

/** True once the container has ended, in whatever way. */
export function isFinished(task: Task): boolean {
  return task.status.state > TaskState.RUNNING;
}

/** True when the container ended without having been told to. */
export function endedByItself(task: Task): boolean {
  const { state } = task.status;
  return state === TaskState.COMPLETE || state === TaskState.FAILED || state === TaskState.REJECTED;
}

/**
 * True when the task ended by itself and its restart policy says that this was that: it keeps its slot, and nothing
 * runs there.
 */
export function isDone(task: Task): boolean {
  return task.desiredState === TaskState.SHUTDOWN && endedByItself(task);
}

/**
 * True when nothing of the task is left on any node: its container ended, or it was called off before it had a node.
 */
export function isOver(task: Task): boolean {
  return isFinished(task) || (!shouldRun(task) && task.status.state < TaskState.ASSIGNED);
}

/** When the status was last changed, in milliseconds. */
export function statusTime(task: Task): number {
  return milliseconds(task.status.timestamp);
}

/**
 * When the task was created, in milliseconds; for a task of somebody who did not note it, when its status last changed.
 */
export function creationTime(task: Task): number {
  return task.meta.createdAt === undefined ? statusTime(task) : milliseconds(task.meta.createdAt);
}

/** True for a node whose containers are out of reach. */
function isLost(node: Node | undefined): boolean {
  return node === undefined || node.status.state === NodeStatusState.DOWN;
}

/** True for a node that is to have no tasks: it is lost, or was told to give up what it has. */
export function isUnavailable(node: Node | undefined): boolean {
  return isLost(node) || node?.spec.availability === NodeSpecAvailability.DRAIN;
}

/** True when the task's node is lost; a task without a node has nothing to lose. */
export function lostItsNode(tx: ReadTx, task: Task): boolean {
  return task.nodeId !== '' && isLost(tx.nodes.get(task.nodeId));
}
