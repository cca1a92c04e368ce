import type { Kinds } from '../../wire/generated/kinds.ts';
import { TaskState } from '../../wire/generated/enums.ts';
import { hasFailed, isAlive, isRunning, nodeState, taskState } from '../objects/states.ts';
import type { StateText, Tone } from '../objects/states.ts';
import { nameOf } from '../objects/names.ts';
import type { Moment } from '../objects/moment.ts';

type Service = Kinds['service'];
type Node = Kinds['node'];
type Task = Kinds['task'];

/** A service in the overview. */
export interface ServiceLine {
  readonly id: string;
  readonly name: string;
  readonly mode: string;
  /** Tasks that shall run. */
  readonly wanted: number;
  readonly running: number;
  /** Slots, or nodes for a global service, whose tasks failed and where none runs now. */
  readonly failing: number;
  readonly image: string;
  readonly tone: Tone;
}

/** A node in the overview, with its tasks. */
export interface NodeLine {
  readonly id: string;
  readonly name: string;
  readonly state: StateText;
  /** Tasks that shall be on the node, and those that failed there and were not replaced elsewhere. */
  readonly tasks: readonly Task[];
  readonly counts: Readonly<Record<Tone, number>>;
}

/** The overview of a cluster. */
export interface Overview {
  readonly services: readonly ServiceLine[];
  readonly nodes: readonly NodeLine[];
  readonly wanted: number;
  readonly running: number;
  readonly failing: number;
  readonly readyNodes: number;
  /** Tasks that have no node yet. */
  readonly waiting: number;
}

/** What is known of one slot of a service. */
interface Slot {
  running: boolean;
  failed: boolean;
}

interface Tally {
  alive: number;
  running: number;
  readonly slots: Map<string | number, Slot>;
}

/** Counts services, nodes and tasks. O(rows). */
export function overviewOf(moment: Moment): Overview {
  const tallies = new Map<string, Tally>();
  const byNode = new Map<string, Task[]>();
  let waiting = 0;
  for (const task of moment.table('task').rows()) {
    tally(tallies, task);
    if (isPresent(task)) {
      if (task.nodeId === '') waiting += 1;
      else listOf(byNode, task.nodeId).push(task);
    }
  }
  const services = moment
    .table('service')
    .rows()
    .map((service) => serviceLine(service, tallies.get(service.id)))
    .sort((a, b) => byName(a, b));
  const nodes = moment
    .table('node')
    .rows()
    .map((node) => nodeLine(node, byNode.get(node.id) ?? [], moment))
    .sort((a, b) => byName(a, b));
  const sum = (count: (line: ServiceLine) => number): number =>
    services.reduce((total, line) => total + count(line), 0);
  return {
    services,
    nodes,
    wanted: sum((line) => line.wanted),
    running: sum((line) => line.running),
    failing: sum((line) => line.failing),
    readyNodes: nodes.filter(({ state }) => state.tone === 'good').length,
    waiting,
  };
}

/** True for a task that takes part in the present: not one of the past that is kept for its history. */
function isPresent(task: Task): boolean {
  return task.desiredState <= TaskState.RUNNING || isAlive(task);
}

function tally(tallies: Map<string, Tally>, task: Task): void {
  if (task.serviceId === '') return;
  let known = tallies.get(task.serviceId);
  if (known === undefined)
    tallies.set(task.serviceId, (known = { alive: 0, running: 0, slots: new Map<string, Slot>() }));
  const key = task.slot === 0 ? task.nodeId : task.slot;
  let slot = known.slots.get(key);
  if (slot === undefined) known.slots.set(key, (slot = { running: false, failed: false }));
  if (task.desiredState <= TaskState.RUNNING) known.alive += 1;
  if (isRunning(task)) {
    known.running += 1;
    slot.running = true;
  }
  if (hasFailed(task)) slot.failed = true;
}

function serviceLine(service: Service, known: Tally | undefined): ServiceLine {
  const { replicated, replicatedJob, global, globalJob, task, annotations } = service.spec;
  let failing = 0;
  for (const slot of known?.slots.values() ?? []) if (slot.failed && !slot.running) failing += 1;
  const alive = known?.alive ?? 0;
  const running = known?.running ?? 0;
  const mode =
    replicated !== undefined
      ? 'replicated'
      : global !== undefined
        ? 'global'
        : replicatedJob !== undefined
          ? 'job'
          : globalJob !== undefined
            ? 'global job'
            : 'replicated';
  const wanted = replicated === undefined ? alive : replicated.replicas;
  return {
    id: service.id,
    name: annotations.name === '' ? service.id : annotations.name,
    mode,
    wanted,
    running,
    // Slots beyond the wanted number are on their way out.
    failing: Math.min(failing, Math.max(wanted - running, 0)),
    image: task.container?.image ?? '',
    tone: failing > 0 && running < wanted ? 'bad' : running < wanted ? 'busy' : running === 0 ? 'off' : 'good',
  };
}

function nodeLine(node: Node, tasks: readonly Task[], moment: Moment): NodeLine {
  const counts: Record<Tone, number> = { good: 0, busy: 0, bad: 0, off: 0 };
  for (const task of tasks) counts[taskState(task).tone] += 1;
  return { id: node.id, name: nameOf('node', node, moment), state: nodeState(node), tasks, counts };
}

function listOf<T>(lists: Map<string, T[]>, key: string): T[] {
  let list = lists.get(key);
  if (list === undefined) lists.set(key, (list = []));
  return list;
}

const collator = new Intl.Collator('en', { numeric: true });

function byName(
  a: { readonly name: string; readonly id: string },
  b: { readonly name: string; readonly id: string },
): number {
  return collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
}
