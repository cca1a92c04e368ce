import {
  NodeSpecAvailability,
  NodeStatusState,
  TaskState,
  UpdateStatusUpdateState,
} from '../../wire/generated/enums.ts';
import type { Node } from '../../wire/generated/node.ts';
import type { Task } from '../../wire/generated/task.ts';
import { enumName } from '../../wire/values/enum-name.ts';

/** What a state means for its reader. Each has a colour, and stands beside the name of the state. */
export type Tone = 'good' | 'busy' | 'bad' | 'off';

/** A state in words, and its meaning. */
export interface StateText {
  readonly text: string;
  readonly tone: Tone;
}

/** All tones, the most urgent first. */
export const tones: readonly Tone[] = ['bad', 'busy', 'good', 'off'];

const failedStates: ReadonlySet<number> = new Set([TaskState.FAILED, TaskState.REJECTED, TaskState.ORPHANED]);

/** True for a task that ended with an error, or was lost. */
export function hasFailed(task: Task): boolean {
  return failedStates.has(task.status.state);
}

/** True while a task runs, or is on its way there. */
export function isAlive(task: Task): boolean {
  return task.status.state <= TaskState.RUNNING;
}

/** True for a task that runs and shall run. */
export function isRunning(task: Task): boolean {
  return task.status.state === TaskState.RUNNING && task.desiredState <= TaskState.RUNNING;
}

const taskTexts: ReadonlyMap<number, StateText> = new Map(
  Object.entries(TaskState).map(([name, state]) => [state, { text: words(name), tone: toneOfTask(state) }]),
);

/** The observed state of a task. */
export function taskState(task: Task): StateText {
  const { state } = task.status;
  return taskTexts.get(state) ?? { text: `state ${state}`, tone: 'off' };
}

/** The desired state of a task, in words. */
export function desiredState(task: Task): string {
  return taskTexts.get(task.desiredState)?.text ?? `state ${task.desiredState}`;
}

const nodeTones: { readonly [state: number]: Tone } = {
  [NodeStatusState.READY]: 'good',
  [NodeStatusState.DOWN]: 'bad',
  [NodeStatusState.DISCONNECTED]: 'bad',
};

/** The state of a node. A node that takes no tasks says so. */
export function nodeState(node: Node): StateText {
  const state = words(enumName(NodeStatusState, node.status.state) ?? `state ${node.status.state}`);
  const tone = nodeTones[node.status.state] ?? 'off';
  const { availability } = node.spec;
  if (availability === NodeSpecAvailability.ACTIVE) return { text: state, tone };
  const held = availability === NodeSpecAvailability.DRAIN ? 'drained' : 'paused';
  return { text: `${state}, ${held}`, tone: tone === 'good' ? 'busy' : tone };
}

/** The state of a rolling update, in words. */
export function updateState(state: UpdateStatusUpdateState): string {
  return words(enumName(UpdateStatusUpdateState, state) ?? `state ${state}`);
}

/** `ROLLBACK_STARTED` as `rollback started`. */
export function words(name: string): string {
  return name.toLowerCase().replaceAll('_', ' ');
}

function toneOfTask(state: number): Tone {
  if (failedStates.has(state)) return 'bad';
  if (state === TaskState.RUNNING || state === TaskState.COMPLETE) return 'good';
  return state < TaskState.RUNNING ? 'busy' : 'off';
}
