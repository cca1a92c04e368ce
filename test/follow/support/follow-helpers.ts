import { MemoryStore } from 'swarmstate';
import type { FollowedCommit } from 'swarmstate/cache';

/** A commit in a few words: `commit 3: create task t1, delete node n1`. */
export function words({ cause, version, events }: FollowedCommit): string {
  const changes = events.map(({ action, kind, object }) => `${action} ${kind} ${object.id}`).join(', ');
  return `${cause} ${String(version?.index)}: ${changes}`;
}

/** Collects the commits that a follower reports from now on, in a few words each. */
export function collect(follower: {
  on(event: 'commit', handler: (commit: FollowedCommit) => void): () => void;
}): string[] {
  const told: string[] = [];
  follower.on('commit', (commit) => void told.push(words(commit)));
  return told;
}

/** The followed store: a node, and two tasks of a service. */
export async function storeOfTwoTasks(): Promise<MemoryStore> {
  const made = new MemoryStore({ history: 1000, firstVersion: 1 });
  await made.update((tx) => {
    tx.nodes.create({ id: 'n1' });
    tx.tasks.create({ id: 't1', nodeId: 'n1', serviceId: 's1' });
    tx.tasks.create({ id: 't2', nodeId: 'n2', serviceId: 's1' });
  });
  return made;
}
