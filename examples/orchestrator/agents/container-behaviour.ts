import { TaskState } from 'swarmstate';
import type { Task } from 'swarmstate';
import { creationTime } from '../loops/tasks.ts';
import { lot } from '../random.ts';

/** How a simulated container ends by itself. */
export interface ContainerEnd {
  /** Milliseconds after the start. */
  readonly after: number;
  readonly exitCode: number;
  readonly message: string;
}

/**
 * What simulated containers do. All of it depends on the task alone, so that an agent that is restarted goes on with
 * the same container.
 */
export interface ContainerBehaviour {
  /** Milliseconds that a task stays in a state before its agent has brought it to the next. */
  timeIn(task: Task): number;
  /** How the container ends by itself, or undefined when it runs until it is told to stop. */
  endOf(task: Task): ContainerEnd | undefined;
}

/** Figures of {@link ordinaryContainers}. */
export interface OrdinaryContainers {
  /** Changes every lot that is drawn. */
  readonly seed: number;
  /** The part of the containers that crash some time. */
  readonly crashing: number;
  /** Only containers of tasks that were created in this time crash; in milliseconds since 1970. */
  readonly trouble: { readonly from: number; readonly until: number };
  /** When a crashing container does so, in milliseconds after its start: from and until. */
  readonly crashAfter: readonly [from: number, until: number];
}

/** Images with this in their names never come up. */
const brokenImage = /broken/;

const typicalTimes: { readonly [state: number]: number } = {
  [TaskState.ASSIGNED]: 200,
  [TaskState.ACCEPTED]: 200,
  // The image is pulled.
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
      if (createdAt < trouble.from || createdAt > trouble.until || lot(seed, 'crash', task.id) >= crashing)
        return undefined;
      return {
        after: Math.round(from + (until - from) * lot(seed, 'when', task.id)),
        exitCode: 1,
        message: 'the container crashed',
      };
    },
  };
}
