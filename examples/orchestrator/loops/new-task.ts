import { TaskState } from 'swarmstate';
import type { Service, Task, Tx } from 'swarmstate';
import { timestamp } from '../time.ts';
import type { StepContext } from './control-loop.ts';
import { isCurrent } from './same-spec.ts';
import { slotOf, tasksInSlot } from './slots.ts';
import type { Slot } from './slots.ts';
import { isOver, shouldRun } from './tasks.ts';

/**
 * Puts a new task of the service's present spec into a slot. `READY` as the desired state means: get everything ready
 * and wait; the restart supervisor says when it is the task's turn to run.
 */
export function createTask(tx: Tx, service: Service, slot: Slot, desiredState: TaskState, context: StepContext): Task {
  const now = timestamp(context.now);
  return tx.tasks.create({
    id: context.newId(),
    // Without a proposer the store leaves the times of `meta` to us.
    meta: { createdAt: now },
    serviceId: service.id,
    slot: slot.slot,
    nodeId: slot.nodeId,
    spec: service.spec.task,
    specVersion: service.specVersion,
    serviceAnnotations: service.spec.annotations,
    endpoint: service.endpoint,
    desiredState,
    // In swarmkit a task is NEW until the allocator has found addresses for it. There is no network here, so it can be
    // scheduled at once.
    status: { state: TaskState.PENDING, timestamp: now, message: 'waits for a node' },
  });
}

/** Fills an empty slot. Where an earlier task of the slot is still being stopped, the new one waits for that. */
export function fillSlot(tx: Tx, service: Service, slot: Slot, context: StepContext): Task {
  const free = tasksInSlot(tx, slot).every(isOver);
  return createTask(tx, service, slot, free ? TaskState.RUNNING : TaskState.READY, context);
}

/**
 * Stops a task and puts the next one into its slot, in one transaction, so that at no time two tasks of the slot should
 * run, or none. In the middle of a start-first update the slot may have its next task already; then there is nothing to
 * create.
 */
export function replaceTask(tx: Tx, task: Task, service: Service, context: StepContext): void {
  tx.tasks.modify(task.id, (draft) => {
    draft.desiredState = TaskState.SHUTDOWN;
  });
  const slot = slotOf(task);
  if (tasksInSlot(tx, slot).some((other) => shouldRun(other) && isCurrent(other, service))) return;
  createTask(tx, service, slot, TaskState.READY, context);
}

/** Has tasks stopped and deleted, history and all. */
export function removeTasks(tx: Tx, tasks: readonly Task[]): void {
  for (const task of tasks) {
    if (task.desiredState >= TaskState.REMOVE) continue;
    tx.tasks.modify(task.id, (draft) => {
      draft.desiredState = TaskState.REMOVE;
    });
  }
}
