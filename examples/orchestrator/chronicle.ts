import { NodeStatusState, TaskState, UpdateStatusUpdateState } from 'swarmstate';
import type { MemoryStore, ObjectEvent, ReadTx, Task } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import type { ControlLoop } from './loops/control-loop.ts';
import { sameSpec } from './loops/same-spec.ts';
import { slotOf, tasksInSlot } from './loops/slots.ts';
import { endedByItself, isUnavailable, shouldRun } from './loops/tasks.ts';

/** Counts of the things that happened. */
export interface Counts {
  commits: number;
  /** All created tasks. */
  created: number;
  /** Created tasks that replaced a task that ended by itself. */
  restarted: number;
  /** Created tasks that replaced a task on a lost or drained node. */
  moved: number;
  /** Created tasks that replaced a task of another spec. */
  rolled: number;
  /** Containers that ended in failure. */
  failed: number;
  /** Ended tasks that were deleted. */
  reaped: number;
}

/** Counts the things that happened, and describes them. */
export interface Chronicle extends ControlLoop {
  readonly counts: Readonly<Counts>;
}

const updateStates: { readonly [state: number]: string } = {
  [UpdateStatusUpdateState.UPDATING]: 'is being updated',
  [UpdateStatusUpdateState.PAUSED]: 'has its update paused',
  [UpdateStatusUpdateState.COMPLETED]: 'is updated',
  [UpdateStatusUpdateState.ROLLBACK_STARTED]: 'is being rolled back',
  [UpdateStatusUpdateState.ROLLBACK_PAUSED]: 'has its rollback paused',
  [UpdateStatusUpdateState.ROLLBACK_COMPLETED]: 'is rolled back',
};

/**
 * Follows a store, calls `tell` with a sentence for each notable change, and counts. Like any loop, it knows only the
 * store.
 */
export function startChronicle(store: MemoryStore, tell: (line: string) => void): Chronicle {
  const counts: Counts = { commits: 0, created: 0, restarted: 0, moved: 0, rolled: 0, failed: 0, reaped: 0 };
  const tables = ['node', 'service', 'task'] as const;
  const follower = follow(store, { tables, events: [...tables.map((kind) => ({ kind })), { action: 'commit' }] });
  follower.on('commit', ({ events }) => {
    counts.commits++;
    store.view((tx) => {
      for (const event of events) {
        count(counts, event, events, tx);
        const line = sentence(event, tx);
        if (line !== undefined) tell(line);
      }
    });
  });
  return {
    name: 'chronicle',
    counts,
    done: follower.closed,
    stop() {
      follower.close();
      return follower.closed;
    },
  };
}

function count(counts: Counts, event: ObjectEvent, events: readonly ObjectEvent[], tx: ReadTx): void {
  if (event.kind !== 'task') return;
  const { object: task } = event;
  if (event.action === 'delete') counts.reaped++;
  else if (event.action === 'update' && isFailure(task) && event.oldObject?.status.state !== task.status.state)
    counts.failed++;
  if (event.action !== 'create') return;
  counts.created++;
  const predecessor = predecessorOf(task, events, tx);
  if (predecessor === undefined) return;
  if (endedByItself(predecessor)) counts.restarted++;
  else if (!sameSpec(predecessor.spec, task.spec)) counts.rolled++;
  else if (isUnavailable(tx.nodes.get(predecessor.nodeId))) counts.moved++;
}

/**
 * The task that a new one replaces: the task that was stopped in the same commit, or the task that runs until the new
 * one does.
 */
function predecessorOf(task: Task, events: readonly ObjectEvent[], tx: ReadTx): Task | undefined {
  const { serviceId, slot, nodeId } = slotOf(task);
  for (const event of events) {
    if (event.kind !== 'task' || event.action !== 'update' || event.oldObject === undefined) continue;
    const own = slotOf(event.object);
    if (own.serviceId !== serviceId || own.slot !== slot || own.nodeId !== nodeId) continue;
    if (shouldRun(event.oldObject) && !shouldRun(event.object)) return event.object;
  }
  return tasksInSlot(tx, slotOf(task)).find((other) => shouldRun(other) && !sameSpec(other.spec, task.spec));
}

function isFailure(task: Task): boolean {
  return task.status.state === TaskState.FAILED || task.status.state === TaskState.REJECTED;
}

function sentence(event: ObjectEvent, tx: ReadTx): string | undefined {
  if (event.action !== 'update' || event.oldObject === undefined) return undefined;
  if (event.kind === 'node') {
    const { object: node, oldObject: old } = event;
    if (node.status.state === old.status.state) return undefined;
    const name = node.description?.hostname ?? node.id;
    if (node.status.state === NodeStatusState.DOWN) return `${name} is down`;
    return node.status.state === NodeStatusState.READY ? `${name} is up` : undefined;
  }
  if (event.kind === 'service') {
    const { object: service, oldObject: old } = event;
    const name = service.spec.annotations.name;
    const state = service.updateStatus?.state;
    if (state !== undefined && state !== old.updateStatus?.state) {
      return `${name} ${updateStates[state] ?? 'is in an unknown state'} (${service.updateStatus?.message ?? ''})`;
    }
    return undefined;
  }
  if (event.kind !== 'task' || !isFailure(event.object) || isFailure(event.oldObject)) return undefined;
  const { object: task } = event;
  const host = tx.nodes.get(task.nodeId)?.description?.hostname ?? task.nodeId;
  return `${taskName(task)} on ${host} failed: ${task.status.err}`;
}

/** The name of a task for people. */
function taskName(task: Task): string {
  const service = task.serviceAnnotations.name === '' ? task.id : task.serviceAnnotations.name;
  return task.slot === 0 ? service : `${service}.${task.slot}`;
}
