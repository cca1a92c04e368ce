import { RestartPolicyRestartCondition, TaskState } from 'swarmstate';
import type { Task } from 'swarmstate';
import { spanOf } from '../time.ts';
import { sameSpec } from './same-spec.ts';
import { endedByItself, statusTime } from './tasks.ts';

/** The default delay between the end of a task and the start of the next, in milliseconds. */
const defaultDelay = 5000;

/** The number of attempts that the slot's history has to keep for this task's policy; 0 when the policy counts none. */
export function attemptsToRemember(task: Task): number {
  return task.spec.restart?.maxAttempts ?? 0;
}

/**
 * Tests if a task that ended is replaced. `slot` has every task of its slot: the earlier attempts are counted there,
 * and nowhere else.
 */
export function mayRestart(task: Task, slot: readonly Task[]): boolean {
  const policy = task.spec.restart;
  if (policy === undefined) return true;
  if (policy.condition === RestartPolicyRestartCondition.NONE) return false;
  if (policy.condition === RestartPolicyRestartCondition.ON_FAILURE && task.status.state === TaskState.COMPLETE)
    return false;
  if (policy.maxAttempts === 0) return true;
  const window = spanOf(policy.window, 0);
  const since = window === 0 ? 0 : statusTime(task) - window;
  const attempts = slot.filter(
    (other) =>
      other.id !== task.id && sameSpec(other.spec, task.spec) && endedByItself(other) && statusTime(other) >= since,
  );
  return attempts.length < policy.maxAttempts;
}

/**
 * The earliest start of the next task of a slot: the restart delay after the last task that ended by itself; 0 when
 * none did.
 */
export function restartTime(next: Task, slot: readonly Task[]): number {
  const delay = spanOf(next.spec.restart?.delay, defaultDelay);
  return slot.reduce(
    (time, task) => (task.id !== next.id && endedByItself(task) ? Math.max(time, statusTime(task) + delay) : time),
    0,
  );
}
