import { NodeRole, TaskState } from 'swarmstate';
import { Node, StoreSnapshot } from 'swarmstate/proto';
import type { NodeInput, Task, TaskInput } from 'swarmstate';

/** How many tasks run on a node, belong to a service, and refer to one network, secret, config or volume. */
export const TASKS_PER_NODE = 50;
const TASKS_PER_SERVICE = 20;
const TASKS_PER_REFERENCE = 100;
/** Tasks that are made at once. */
const CHUNK = 4000;

const states = [TaskState.RUNNING, TaskState.STARTING, TaskState.PREPARING, TaskState.READY, TaskState.FAILED];

/** A number that looks random and is the same in every run. */
function scatter(seed: number): number {
  let x = (seed + 0x9e3779b9) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/**
 * An id as swarmkit makes them: 25 characters of base 36. The number at its end keeps ids apart; what stands before
 * scatters them.
 */
export function idOf(kind: string, number: number): string {
  const text = `${scatter(number * 3).toString(36)}${scatter(number * 3 + 1).toString(36)}${scatter(number * 3 + 2).toString(36)}`;
  return `${text}${kind}`.slice(0, 18).padEnd(18, '0') + number.toString(36).padStart(7, '0');
}

/** {@link idOf} for what tasks refer to: one after the other to the same. */
function sharedIdOf(kind: string, number: number): string {
  const last = lately.get(kind);
  if (last?.number === number) return last.id;
  const id = idOf(kind, number);
  lately.set(kind, { number, id });
  return id;
}

const lately = new Map<string, { readonly number: number; readonly id: string }>();

const nodeIds = new Map<number, string>();

export function nodeIdOf(number: number): string {
  const known = nodeIds.get(number);
  if (known !== undefined) return known;
  const id = idOf('n', number);
  nodeIds.set(number, id);
  return id;
}

/** A task of the shape that swarmkit's own have, with a key for each of the thirteen indexes. */
function taskInput(number: number, total: number): TaskInput {
  const service = Math.floor(number / TASKS_PER_SERVICE);
  const reference = Math.floor(number / TASKS_PER_REFERENCE);
  const nodes = Math.max(1, Math.floor(total / TASKS_PER_NODE));
  const name = `service-${service.toString().padStart(6, '0')}`;
  const slot = 1 + (number % TASKS_PER_SERVICE);
  const id = idOf('t', number);
  return {
    id,
    spec: {
      container: {
        image: `images.example.com/team/app:1.2.${service % 90}@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`,
        labels: { 'com.docker.stack.namespace': `stack-${service % 100}`, 'com.example.tier': 'backend' },
        env: [
          'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          `SERVICE_INDEX=${service}`,
          'LOG_LEVEL=info',
        ],
        secrets: [
          {
            secretId: sharedIdOf('s', reference),
            secretName: `secret-${reference}`,
            file: { name: 'app.key', uid: '0', gid: '0', mode: 292 },
          },
        ],
        configs: [
          {
            configId: sharedIdOf('c', reference),
            configName: `config-${reference}`,
            file: { name: 'app.conf', uid: '0', gid: '0', mode: 292 },
          },
        ],
      },
      networks: [{ target: sharedIdOf('w', reference) }],
    },
    serviceId: sharedIdOf('v', service),
    slot,
    nodeId: nodeIdOf(scatter(number) % nodes),
    annotations: { name: `${name}.${slot}.${id}`, indices: [{ key: 'stack', val: `stack-${service % 1000}` }] },
    serviceAnnotations: { name },
    status: {
      timestamp: { seconds: 1_680_038_860 + number, nanos: 38_860 },
      state: states[number % states.length],
      message: 'started',
    },
    desiredState: number % 20 === 0 ? TaskState.SHUTDOWN : TaskState.RUNNING,
    networks: [
      {
        network: { id: sharedIdOf('w', reference), spec: { annotations: { name: `net-${reference}` } } },
        addresses: [`10.0.${service % 250}.${slot}/24`],
      },
    ],
    volumes: [{ id: sharedIdOf('m', reference), source: `volume-${reference}`, target: '/data' }],
  };
}

/**
 * The bytes of a snapshot with tasks, `first` to `first + count`, of a cluster of `total`. Snapshots one after the
 * other are one: of each task's objects nothing is left when the next one's turn comes.
 */
export function encodeTasks(first: number, count: number, total: number): Uint8Array {
  return Buffer.concat(
    Array.from({ length: count }, (_, position) =>
      StoreSnapshot.encode({ tasks: [taskInput(first + position, total)] }),
    ),
  );
}

/**
 * Tasks as they are in a store that was restored: every string is a flat one, and the tasks of a service share what is
 * equal in them.
 */
export function makeTasks(first: number, count: number, total: number): Task[] {
  const tasks: Task[] = [];
  for (let start = 0; start < count; start += CHUNK) {
    const { tasks: some } = StoreSnapshot.decode(encodeTasks(first + start, Math.min(CHUNK, count - start), total));
    for (const task of some) tasks.push(task);
  }
  return tasks;
}

/** The number that an id was made of. */
export function numberOf(id: string): number {
  return Number.parseInt(id.slice(18), 36);
}

/** A task's next state, spread from it as a user would. */
export function nextOf(task: Task): Task {
  return {
    ...task,
    status: { ...task.status, state: task.status.state === TaskState.RUNNING ? TaskState.FAILED : TaskState.RUNNING },
  };
}

export function nameOf(number: number): string {
  return `node-${number.toString().padStart(7, '0')}`;
}

/** As the store would keep it: made ahead, for whoever stores objects as they are given. */
function makeNode(number: number): Node {
  const input: NodeInput = {
    id: nodeIdOf(number),
    spec: { annotations: { name: nameOf(number), labels: { rack: `r${number % 40}` } } },
    description: {
      hostname: nameOf(number),
      platform: { architecture: 'x86_64', os: 'linux' },
      resources: { nanoCpus: 4_000_000_000, memoryBytes: 8_000_000_000 },
    },
    role: number % 100 === 0 ? NodeRole.MANAGER : NodeRole.WORKER,
  };
  return Node.from(input);
}

export function makeNodes(first: number, count: number): Node[] {
  return Array.from({ length: count }, (_, position) => makeNode(first + position));
}

/** A node's next state: the other role. */
export function nextNodeOf(node: Node): Node {
  return { ...node, role: node.role === NodeRole.WORKER ? NodeRole.MANAGER : NodeRole.WORKER };
}

/** `count` numbers below `total`, scattered; the same ones in every run. */
export function sample(count: number, total: number, seed: number): number[] {
  return Array.from({ length: count }, (_, position) => scatter(seed * 7919 + position) % total);
}

/** Numbers below `total`, each at most once, in an order that scatters them. */
export function distinctSample(count: number, total: number, seed: number): number[] {
  const chosen = new Set<number>();
  for (let at = 0; chosen.size < Math.min(count, total); at += 1)
    chosen.add(at < 4 * total ? scatter(seed * 104_729 + at) % total : at % total);
  return [...chosen];
}
