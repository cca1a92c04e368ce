import type { Commit } from 'swarmstate/proto';
import { kinds } from '../../../../src/model/schema/kinds.ts';
import type { Listing } from '../../../../src/swarm/live/mirror/listing.ts';
import { SwarmMirror } from '../../../../src/swarm/live/mirror/swarm-mirror.ts';
import type { FakeSwarm } from './fake-swarm.ts';

/** A mirror that takes a difference from the swarm for an error. */
export function newMirror(redaction: boolean = true, history = 1000): SwarmMirror {
  return new SwarmMirror({
    redaction,
    history,
    onDiverged: (error) => {
      throw error;
    },
  });
}

/** The lists of a swarm. `between` runs before each one. */
export function listingOf(swarm: FakeSwarm, between: () => void = () => undefined): Listing {
  const lists = kinds.map((kind) => {
    between();
    return [kind, swarm.list(kind)];
  });
  return Object.fromEntries(lists) as Listing;
}

/** The commits of a mirror's store while `work` runs. The mirror is closed then. */
export async function commitsOf(mirror: SwarmMirror, work: () => void | Promise<void>): Promise<Commit[]> {
  const watcher = mirror.store.watch({ limit: Infinity });
  await work();
  await mirror.close();
  const commits: Commit[] = [];
  for await (const commit of watcher.commits()) commits.push(commit);
  return commits;
}
