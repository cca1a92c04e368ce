import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStore, NodeRole, NodeStatusState, TaskState } from 'swarmstate';
import type { Tx } from 'swarmstate';
import type { StoreSnapshot } from 'swarmstate/proto';
import { saveToFile } from 'swarmstate/files';
import { NOW } from './run-command.ts';

/** So many seconds before the time at which commands run. */
function ago(seconds: number): { readonly seconds: number; readonly nanos: number } {
  return { seconds: NOW / 1000 - seconds, nanos: 0 };
}

/** A clock that stands still a day before the commands run. */
export const aDayAgo = (): { readonly seconds: number; readonly nanos: number } => ago(86_400);

/** Writes a small cluster: two nodes, two services, four tasks, a network, a secret. */
export function fill(tx: Tx): void {
  for (const [number, role] of [NodeRole.MANAGER, NodeRole.WORKER].entries()) {
    tx.nodes.create({
      id: `node${number}`,
      role,
      description: { hostname: `host-${number}`, engine: { engineVersion: '27.1' } },
      status: { state: number === 0 ? NodeStatusState.READY : NodeStatusState.DOWN, addr: `10.0.0.${number}` },
    });
  }
  tx.networks.create({ id: 'net1', spec: { annotations: { name: 'front' }, driverConfig: { name: 'overlay' } } });
  tx.secrets.create({ id: 'secret1', spec: { annotations: { name: 'password' }, data: Buffer.from('hunter2') } });
  for (const [id, name] of [
    ['svc1', 'web'],
    ['svc2', 'worker'],
  ] as const) {
    tx.services.create({
      id,
      spec: {
        annotations: { name, labels: { tier: name === 'web' ? 'front' : 'back' } },
        task: { container: { image: `example/${name}:1` }, networks: [{ target: 'net1' }] },
        replicated: { replicas: 2 },
      },
    });
    for (const slot of [1, 2]) {
      const failed = name === 'web' && slot === 2;
      tx.tasks.create({
        id: `task-${name}-${slot}`,
        serviceId: id,
        slot,
        nodeId: `node${slot - 1}`,
        serviceAnnotations: { name, labels: { tier: name === 'web' ? 'front' : 'back' } },
        spec: { container: { image: `example/${name}:1` }, networks: [{ target: 'net1' }] },
        desiredState: failed ? TaskState.SHUTDOWN : TaskState.RUNNING,
        status: {
          state: failed ? TaskState.FAILED : TaskState.RUNNING,
          timestamp: ago(slot * 100),
          message: failed ? '' : 'started',
          err: failed ? 'task: non-zero exit (137)' : '',
        },
      });
    }
  }
}

/** The contents that {@link fill} writes. */
export async function contents(): Promise<StoreSnapshot> {
  const store = new MemoryStore({ now: aDayAgo });
  await store.update(fill);
  return store.save();
}

/** A folder for the files of a test. */
export class TestFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'swarmstate-cli-'));

  file(name: string): string {
    return join(this.path, name);
  }

  /** Saves a store with the given contents to a snapshot file; returns its path. */
  async snapshot(name = 'cluster.snapshot', write: (tx: Tx) => void = fill): Promise<string> {
    const store = new MemoryStore({ now: aDayAgo });
    await store.update(write);
    await saveToFile(store, this.file(name));
    await store.close();
    return this.file(name);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
