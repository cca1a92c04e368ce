import { MemoryStore, TaskState } from 'swarmstate';
import type { Task } from 'swarmstate';

/** The cached store: two nodes, and six tasks of two services, each with another slot. */
export async function storeOfSixTasks(): Promise<MemoryStore> {
  const made = new MemoryStore({ history: 1000, firstVersion: 1 });
  await made.update((tx) => {
    for (const [id, hostname] of [
      ['n1', 'b'],
      ['n2', 'a'],
    ]) {
      tx.nodes.create({ id: id!, description: { hostname: hostname! } });
    }
    for (let slot = 1; slot <= 6; slot++) {
      tx.tasks.create({
        id: `t${slot}`,
        slot,
        nodeId: slot % 3 === 0 ? '' : `n${slot % 3}`,
        serviceId: slot % 2 === 0 ? '10' : '1e1',
        status: { state: slot > 3 ? TaskState.RUNNING : TaskState.FAILED },
        spec: { container: { image: `image:${slot}`, env: [`SLOT=${slot}`] } },
        meta: { version: { index: slot } },
      });
    }
  });
  return made;
}

export const setSlot = (source: MemoryStore, id: string, slot: number): Promise<Task> =>
  source.update((tx) => tx.tasks.modify(id, (draft) => void (draft.slot = slot)));
