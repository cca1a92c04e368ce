import { MemoryStore } from '../../src/store/memory-store.ts';
import { all } from '../../src/model/find/finders.ts';
import { NodeRole, NodeSpecAvailability, NodeStatusState, TaskState } from '../../src/wire/generated/enums.ts';
import type { Task, TaskInput } from '../../src/wire/generated/task.ts';

const serviceNames = ['web', 'api', 'worker', 'cache', 'queue', 'search', 'mailer', 'billing', 'images', 'auth'];

/** The size of a made-up cluster. */
export interface ClusterSize {
  readonly nodes: number;
  readonly tasks: number;
}

/** A made-up cluster, for pictures and measurements: the same for the same seed, times apart. */
export class MadeUpCluster {
  readonly store: MemoryStore = new MemoryStore({ history: 10_000 });
  readonly #size: ClusterSize;
  #seed: number;
  #serial = 0;

  constructor(size: ClusterSize, seed = 7) {
    this.#size = size;
    this.#seed = seed;
  }

  /** Fills the store: services, nodes, tasks of which few have failed, a network, a secret. */
  async fill(): Promise<void> {
    const { nodes, tasks } = this.#size;
    const replicas = Math.ceil(tasks / serviceNames.length);
    await this.store.batch(async (batch) => {
      for (let number = 1; number <= nodes; number += 1) await batch.update((tx) => void tx.nodes.create(node(number)));
      await batch.update((tx) => {
        tx.networks.create({
          id: 'net1',
          spec: { annotations: { name: 'backend' }, driverConfig: { name: 'overlay' } },
        });
        tx.secrets.create({ id: 'sec1', spec: { annotations: { name: 'db-password' }, data: Buffer.from('hunter2') } });
        tx.configs.create({
          id: 'cfg1',
          spec: { annotations: { name: 'nginx.conf' }, data: Buffer.from('events {}') },
        });
      });
      for (const [index, name] of serviceNames.entries()) {
        await batch.update((tx) => {
          tx.services.create({
            id: `svc${index}`,
            spec: {
              annotations: { name, labels: { team: index % 2 === 0 ? 'shop' : 'platform' } },
              replicated: { replicas },
              task: specOf(index, name),
              endpoint: { ports: [{ name: 'http', targetPort: 8080, publishedPort: 8000 + index }] },
            },
          });
        });
        for (let slot = 1; slot <= replicas; slot += 1) {
          const chance = this.#random();
          const state =
            chance < 0.95
              ? TaskState.RUNNING
              : chance < 0.97
                ? TaskState.STARTING
                : chance < 0.985
                  ? TaskState.FAILED
                  : TaskState.PREPARING;
          const task = this.#task(index, slot, state);
          await batch.update((tx) => void tx.tasks.create(task));
        }
      }
    });
  }

  /** Changes some tasks, each in a transaction: tasks fail, and start again on other nodes. */
  async change(count: number): Promise<void> {
    const tasks = this.store.view((tx) => tx.tasks.find(all));
    for (let number = 0; number < count; number += 1) {
      const task = tasks[Math.floor(this.#random() * tasks.length)];
      if (task !== undefined) await this.#change(task.id);
    }
  }

  async #change(id: string): Promise<void> {
    await this.store.update((tx) => {
      const task = tx.tasks.get(id);
      if (task === undefined) return;
      const fails = task.status.state === TaskState.RUNNING && this.#random() < 0.4;
      const nodeId = fails || task.status.state === TaskState.RUNNING ? task.nodeId : this.#node();
      const state = fails ? TaskState.FAILED : TaskState.RUNNING;
      tx.tasks.update({ ...task, nodeId, status: status(state) });
    });
  }

  #task(index: number, slot: number, state: TaskState): TaskInput {
    this.#serial += 1;
    const name = serviceNames[index] ?? '';
    return {
      id: `t${this.#serial.toString(36).padStart(5, '0')}${Math.floor(this.#random() * 36 ** 6).toString(36)}`,
      serviceId: `svc${index}`,
      slot,
      nodeId: this.#node(),
      serviceAnnotations: { name },
      desiredState: TaskState.RUNNING,
      status: status(state),
      spec: specOf(index, name),
    };
  }

  #node(): string {
    return `node${1 + Math.floor(this.#random() * this.#size.nodes)}`;
  }

  /** A number from 0 to 1, from the seed. */
  #random(): number {
    this.#seed = (this.#seed * 16_807) % 2_147_483_647;
    return this.#seed / 2_147_483_647;
  }
}

function node(number: number) {
  const hostname = number <= 3 ? `manager-${number}` : `worker-${number - 3}`;
  return {
    id: `node${number}`,
    spec: {
      annotations: { name: hostname },
      availability: number === 5 ? NodeSpecAvailability.DRAIN : NodeSpecAvailability.ACTIVE,
    },
    description: { hostname, engine: { engineVersion: '27.3.1' }, platform: { os: 'linux', architecture: 'x86_64' } },
    status: {
      state: number === 8 ? NodeStatusState.DOWN : NodeStatusState.READY,
      message: number === 8 ? 'heartbeat failure' : '',
      addr: `10.0.0.${number}`,
    },
    role: number <= 3 ? NodeRole.MANAGER : NodeRole.WORKER,
  };
}

function specOf(index: number, name: string) {
  return {
    container: {
      image: `registry.example/shop/${name}:1.${index}.0`,
      env: [`PORT=${8000 + index}`, 'LOG_LEVEL=info'],
      secrets: index < 3 ? [{ secretId: 'sec1', secretName: 'db-password' }] : [],
      configs: index === 0 ? [{ configId: 'cfg1', configName: 'nginx.conf' }] : [],
    },
    networks: [{ target: 'net1' }],
  };
}

function status(state: TaskState): Task['status'] | TaskInput['status'] {
  const failed = state === TaskState.FAILED;
  return {
    state,
    timestamp: { seconds: Math.floor(Date.now() / 1000), nanos: 0 },
    message: state === TaskState.RUNNING ? 'started' : failed ? 'started' : 'preparing',
    err: failed ? 'task: non-zero exit (137)' : '',
    container: { containerId: 'c0ffee', pid: failed ? 0 : 4711, exitCode: failed ? 137 : 0 },
  };
}
