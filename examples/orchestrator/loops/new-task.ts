import { TaskState } from 'swarmstate';
import type { Service, Task, Tx } from 'swarmstate';
import { timestamp } from '../time.ts';
import type { StepContext } from './control-loop.ts';
import { isCurrent } from './same-spec.ts';
import { slotOf, tasksInSlot } from './slots.ts';
import type { Slot } from './slots.ts';
import { isOver, shouldRun } from './tasks.ts';

/**
 * Creates a task of the service's present spec in a slot. The desired state `READY` means: prepare and wait; the
 * restart supervisor decides when the task may run.
 */
export function createTask(tx: Tx, service: Service, slot: Slot, desiredState: TaskState, context: StepContext): Task {
  const now = timestamp(context.now);
  return tx.tasks.create({
    id: context.newId(),
    // Without a proposer, the store does not set the times of `meta`.
    meta: { createdAt: now },
    serviceId: service.id,
    slot: slot.slot,
    nodeId: slot.nodeId,
    spec: service.spec.task,
    specVersion: service.specVersion,
    serviceAnnotations: service.spec.annotations,
    endpoint: service.endpoint,
    jobIteration: service.jobStatus?.jobIteration,
    desiredState,
    // In swarmkit, a task is NEW until the allocator has found its addresses. There is no network here, so the task can
    // be scheduled at once.
    status: { state: TaskState.PENDING, timestamp: now, message: 'waits for a node' },
  });
}

/** Fills an empty slot. The new task waits while an earlier task of the slot is still being stopped. */
export function fillSlot(tx: Tx, service: Service, slot: Slot, context: StepContext): Task {
  const free = tasksInSlot(tx, slot).every(isOver);
  return createTask(tx, service, slot, free ? TaskState.RUNNING : TaskState.READY, context);
}

/**
 * Stops a task and creates the next one of its slot, in one transaction: at all times, exactly one task of the slot
 * should run. During a start-first update, the slot may have its next task already; then no task is created.
 */
export function replaceTask(tx: Tx, task: Task, service: Service, context: StepContext): void {
  tx.tasks.modify(task.id, (draft) => {
    draft.desiredState = TaskState.SHUTDOWN;
  });
  const slot = slotOf(task);
  if (tasksInSlot(tx, slot).some((other) => shouldRun(other) && isCurrent(other, service))) return;
  createTask(tx, service, slot, TaskState.READY, context);
}

/** Marks tasks to be stopped and deleted; none of them is kept as history. */
export function removeTasks(tx: Tx, tasks: readonly Task[]): void {
  for (const task of tasks) {
    if (task.desiredState >= TaskState.REMOVE) continue;
    tx.tasks.modify(task.id, (draft) => {
      draft.desiredState = TaskState.REMOVE;
    });
  }
}
