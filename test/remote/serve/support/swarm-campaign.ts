import { MemoryStore, newId } from 'swarmstate';
import type { Commit } from 'swarmstate';
import { serveSwarm } from 'swarmstate/remote';
import type { SwarmServer } from 'swarmstate/remote';
import type { Swarm } from 'swarmstate/swarm';
import { faultyServer, recordEvents } from 'swarmstate/testing';
import type { ConnectionFault } from 'swarmstate/testing';
import { followWith } from '../../../../src/swarm/live/follow-swarm.ts';
import { SeededRandom } from '../../../../src/testing/random/seeded-random.ts';
import type { Situations } from '../../support/campaign.ts';
import { asManager, authority, tls } from './serving.ts';

const timings = { probeMs: 20, backOff: { initialMs: 1, maxMs: 2, factor: 1 }, goodMs: 5000 };

/** A store that changes, and the texts of its commits. */
class ChangingStore {
  readonly store: MemoryStore;
  readonly log: ReadonlySet<string>[] = [];
  readonly #random: SeededRandom;
  #nodes: string[] = [];

  constructor(random: SeededRandom) {
    this.#random = random;
    this.store = new MemoryStore({ history: 1 + random.below(30) });
    const watcher = this.store.watch({ limit: Infinity });
    void (async () => {
      for await (const commit of watcher.commits()) this.log.push(textsOf(commit));
    })();
  }

  async begin(): Promise<void> {
    // A follower resumes only in the swarm whose cluster it knows.
    await this.store.update((tx) => tx.clusters.create({ id: 'c1', spec: { annotations: { name: 'default' } } }));
    for (let n = this.#random.below(5); n >= 0; n--) await this.write();
  }

  /** Creates, changes and removes nodes, and creates a task. As in swarmkit, no id is used twice. */
  async write(): Promise<void> {
    await this.store.update((tx) => {
      for (let changes = 1 + this.#random.below(3); changes > 0; changes--) {
        const id = this.#nodes[this.#random.below(12)];
        if (id === undefined) this.#nodes.push(tx.nodes.create({ id: newId() }).id);
        else if (this.#random.below(3) === 0) {
          tx.nodes.delete(id);
          this.#nodes = this.#nodes.filter((other) => other !== id);
        } else
          tx.nodes.modify(id, (draft) => {
            draft.spec.annotations.labels = { n: String(this.#random.next()) };
          });
      }
      tx.tasks.create({ id: newId() });
    });
  }

  get contents(): string {
    return contentsOf(this.store);
  }
}

/** A text for each change, which no other change has. */
function textsOf({ events }: Pick<Commit, 'events'>): ReadonlySet<string> {
  return new Set(
    events.map(({ action, kind, object }) => {
      const label = kind === 'node' && action === 'update' ? object.spec.annotations.labels['n'] : '';
      return `${action} ${object.id} ${label}`;
    }),
  );
}

function contentsOf(store: Pick<MemoryStore, 'save'>): string {
  const { nodes, tasks } = store.save();
  return JSON.stringify([nodes, tasks]);
}

/** Resolves once the copy has the contents of the store. */
async function caughtUp({ store }: Swarm, source: ChangingStore): Promise<void> {
  const watcher = store.watch({ limit: Infinity });
  if (contentsOf(store) !== source.contents)
    for await (const _ of watcher.commits()) if (contentsOf(store) === source.contents) break;
  watcher.close();
}

/**
 * Throws unless each commit has only changes of one commit of the source. The commits of the source have to come one
 * after the other; gaps may be where the contents were listed again. After a list, a commit may lack some changes.
 */
function checkCommits(commits: readonly Commit[], log: readonly ReadonlySet<string>[]): void {
  const places = new Map(log.flatMap((texts, place) => [...texts].map((text) => [text, place] as const)));
  let last = -1;
  let listed = true;
  for (const commit of commits) {
    if (commit.reset === true) {
      listed = true;
      continue;
    }
    const found = new Set([...textsOf(commit)].map((text) => places.get(text) ?? -1));
    const [place = -1] = found;
    const follows = listed ? place > last : place === last + 1;
    if (found.size !== 1 || !follows)
      throw new Error(`after commit ${last} of the source came ${[...found].join()}: ${[...textsOf(commit)].join()}`);
    last = place;
    listed = false;
  }
}

/** One seed of faults between `followSwarm` and `serveSwarm`: cut and garbled connections, restarts. */
export async function runSwarmSeed(seed: number, seen: Situations): Promise<void> {
  const random = new SeededRandom(seed);
  const saw = (situation: string, count = 1): void => {
    seen.set(situation, (seen.get(situation) ?? 0) + count);
  };
  const source = new ChangingStore(random);
  await source.begin();
  const serve = (port: number): Promise<SwarmServer> =>
    serveSwarm(source.store, { listen: `127.0.0.1:${port}`, tls, limits: { graceMs: 50, streamsPerPeer: 1000 } });
  let server = await serve(0);
  const port = Number(server.address.split(':').at(-1));
  let faulty = false;
  const plan = (): ConnectionFault | undefined => {
    const share = random.next();
    const after = random.below(8192);
    if (!faulty || share > 0.7) return undefined;
    return { kind: share < 0.4 ? 'cut' : 'garble', after };
  };
  await using proxy = await faultyServer({ target: { port, host: '127.0.0.1' }, plan });
  await using swarm = await followWith(timings, `127.0.0.1:${proxy.port}`, {
    ca: authority.ca,
    cert: asManager.own?.certificate,
    key: asManager.own?.key,
  });
  faulty = true;
  const recorder = recordEvents(swarm.store as MemoryStore);
  for (let step = 0; step < 30; step++) {
    const choice = random.below(10);
    if (choice === 0) {
      await server.close();
      for (let n = random.below(10); n > 0; n--) await source.write();
      server = await serve(port);
      saw('a restart of the server');
    } else if (choice === 1) {
      proxy.cut();
      for (let n = 0; n < 40; n++) await source.write();
      saw('a compacted log');
    } else if (choice < 5) {
      // Time for connections and commits.
      for (let turn = random.below(100); turn >= 0; turn -= 1) await new Promise(setImmediate);
    } else await source.write();
  }
  proxy.heal();
  await source.write();
  await caughtUp(swarm, source);
  await recorder.settle();
  recorder.assertOrdered();
  recorder.assertUnique();
  recorder.assertOldObjects();
  recorder.assertComplete();
  checkCommits(recorder.commits, source.log);
  recorder.close();
  for (const fault of proxy.faults) saw(fault?.kind ?? 'a whole connection');
  saw('a commit', recorder.commits.filter(({ reset }) => reset !== true).length);
  saw('a reset', recorder.commits.filter(({ reset }) => reset === true).length);
  await server.close();
}
