import { NodeSpecAvailability, NodeStatusState, TaskState } from 'swarmstate';
import type { Node, ReadTx, Task } from 'swarmstate';
import { milliseconds } from '../time.ts';

// A task has two states. `desiredState` is the state that the managers want; only managers write it. `status.state` is
// the present state; once the task is on a node, only its agent writes it. Both only move forward.

/** True while the managers want the task to run, or to be ready to run. */
export function shouldRun(task: Task): boolean {
  return task.desiredState <= TaskState.RUNNING;
}

/** True once the container has ended, for any reason. */
export function isFinished(task: Task): boolean {
  return task.status.state > TaskState.RUNNING;
}

/** True when the container ended and no manager had stopped it. */
export function endedByItself(task: Task): boolean {
  const { state } = task.status;
  return state === TaskState.COMPLETE || state === TaskState.FAILED || state === TaskState.REJECTED;
}

/**
 * True when the task ended by itself and is not replaced, by its restart policy: it holds its slot, and nothing runs
 * there.
 */
export function isDone(task: Task): boolean {
  return task.desiredState === TaskState.SHUTDOWN && endedByItself(task);
}

/**
 * True when the task has no container on any node: its container ended, or the task was stopped before it had a node.
 */
export function isOver(task: Task): boolean {
  return isFinished(task) || (!shouldRun(task) && task.status.state < TaskState.ASSIGNED);
}

/** The time of the last change of the status, in milliseconds. */
export function statusTime(task: Task): number {
  return milliseconds(task.status.timestamp);
}

/**
 * The time at which the task was created, in milliseconds; the time of the last change of the status where the former
 * is not set.
 */
export function creationTime(task: Task): number {
  return task.meta.createdAt === undefined ? statusTime(task) : milliseconds(task.meta.createdAt);
}

/** True for a node whose containers cannot be reached. */
function isLost(node: Node | undefined): boolean {
  return node === undefined || node.status.state === NodeStatusState.DOWN;
}

/** True for a node that must not have tasks: it is lost or drained. */
export function isUnavailable(node: Node | undefined): boolean {
  return isLost(node) || node?.spec.availability === NodeSpecAvailability.DRAIN;
}

/** True when the task's node is lost; false for a task without a node. */
export function lostItsNode(tx: ReadTx, task: Task): boolean {
  return task.nodeId !== '' && isLost(tx.nodes.get(task.nodeId));
}
