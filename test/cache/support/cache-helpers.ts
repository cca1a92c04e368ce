import { MemoryStore, TaskState } from 'swarmstate';
import type { Task } from 'swarmstate';
import type { FollowedCommit } from 'swarmstate/cache';

/** A commit in a few words: `commit 3: create task t1, delete node n1`. */
export function words({ cause, version, events }: FollowedCommit): string {
  const changes = events.map(({ action, kind, object }) => `${action} ${kind} ${object.id}`).join(', ');
  return `${cause} ${String(version?.index)}: ${changes}`;
}

/** The commits that a follower tells from now on, in a few words each. */
export function collect(follower: {
  on(event: 'commit', handler: (commit: FollowedCommit) => void): () => void;
}): string[] {
  const told: string[] = [];
  follower.on('commit', (commit) => void told.push(words(commit)));
  return told;
}

/** What followers follow: a node, and two tasks of a service. */
export async function storeOfTwoTasks(): Promise<MemoryStore> {
  const made = new MemoryStore({ history: 1000 });
  await made.update((tx) => {
    tx.nodes.create({ id: 'n1' });
    tx.tasks.create({ id: 't1', nodeId: 'n1', serviceId: 's1' });
    tx.tasks.create({ id: 't2', nodeId: 'n2', serviceId: 's1' });
  });
  return made;
}

/** What caches are asked about: two nodes, and six tasks of two services, each with another slot. */
export async function storeOfSixTasks(): Promise<MemoryStore> {
  const made = new MemoryStore({ history: 1000 });
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
