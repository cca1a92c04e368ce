import { TaskState } from 'swarmstate';
import type { Task } from 'swarmstate';
import { creationTime } from '../loops/tasks.ts';
import { lot } from '../random.ts';

/** The end of a simulated container that ends by itself. */
export interface ContainerEnd {
  /** Milliseconds after the start. */
  readonly after: number;
  readonly exitCode: number;
  readonly message: string;
}

/**
 * The behaviour of simulated containers. It depends only on the task, so that a restarted agent goes on with the same
 * container.
 */
export interface ContainerBehaviour {
  /** The time that a task stays in a state before its agent brings it to the next, in milliseconds. */
  timeIn(task: Task): number;
  /** The end of the container; undefined when it runs until it is stopped. */
  endOf(task: Task): ContainerEnd | undefined;
}

/** Settings of {@link ordinaryContainers}. */
export interface OrdinaryContainers {
  /** The seed of all random choices. */
  readonly seed: number;
  /** The share of the containers that crash. */
  readonly crashing: number;
  /** Only tasks that were created in this time crash; in milliseconds since 1970. */
  readonly trouble: { readonly from: number; readonly until: number };
  /** The earliest and latest crash, in milliseconds after the start. */
  readonly crashAfter: readonly [from: number, until: number];
}

/** Images whose name contains this never come up. */
const brokenImage = /broken/;

const typicalTimes: { readonly [state: number]: number } = {
  [TaskState.ASSIGNED]: 200,
  [TaskState.ACCEPTED]: 200,
  // The time to pull the image.
  [TaskState.PREPARING]: 1500,
  [TaskState.READY]: 100,
  [TaskState.STARTING]: 700,
};

/** Containers that take about as long as real ones, and of which some crash. */
export function ordinaryContainers({
  seed,
  crashing,
  trouble,
  crashAfter: [from, until],
}: OrdinaryContainers): ContainerBehaviour {
  return {
    timeIn: (task) =>
      Math.round((typicalTimes[task.status.state] ?? 0) * (0.5 + lot(seed, 'time', task.id, task.status.state))),
    endOf(task) {
      if (brokenImage.test(task.spec.container?.image ?? ''))
        return { after: 0, exitCode: 127, message: 'the image has no program to start' };
      const createdAt = creationTime(task);
      const crashes = createdAt >= trouble.from && createdAt <= trouble.until && lot(seed, 'crash', task.id) < crashing;
      if (!crashes) return task.jobIteration === undefined ? undefined : endOfJob(lot(seed, 'work', task.id));
      return {
        after: Math.round(from + (until - from) * lot(seed, 'when', task.id)),
        exitCode: 1,
        message: 'the container crashed',
      };
    },
  };
}

/** The end of a job's container, after 3 to 9 seconds of work. */
function endOfJob(share: number): ContainerEnd {
  return { after: Math.round(3000 + 6000 * share), exitCode: 0, message: 'the work is done' };
}
