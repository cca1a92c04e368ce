import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Commit } from 'swarmstate/proto';
import { tableNames } from '../../../src/model/schema/kinds.ts';
import type { SwarmMirror } from '../../../src/swarm/live/mirror/swarm-mirror.ts';
import { checkAsyncProperty } from '../../support/property.ts';
import { cluster, node, secret, service, task } from './support/changes.ts';
import { FakeSwarm, messageOf } from './support/fake-swarm.ts';
import type { FakeChange } from './support/fake-swarm.ts';
import { commitsOf, listingOf, newMirror } from './support/mirrors.ts';

type Step =
  | { readonly do: 'commit'; readonly picks: readonly (readonly [number, number, boolean])[]; readonly batch: boolean }
  | { readonly do: 'deliver'; readonly count: number }
  | { readonly do: 'resume'; readonly twice: number; readonly leader: boolean }
  | { readonly do: 'list'; readonly lag: number; readonly early: number; readonly leader: boolean };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('commit' as const),
        picks: fc.array(fc.tuple(fc.nat(4), fc.nat(5), fc.boolean()), { minLength: 1, maxLength: 4 }),
        batch: fc.boolean(),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const), count: fc.nat(4) }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('resume' as const), twice: fc.nat(3), leader: fc.boolean() }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('list' as const),
        lag: fc.nat(6),
        early: fc.nat(6),
        leader: fc.boolean(),
      }),
    },
  ),
  { maxLength: 60 },
);

/** Runs a script of commits, deliveries, cuts and lists, and returns what a watcher of the copy saw. */
async function runScript(swarm: FakeSwarm, mirror: SwarmMirror, script: readonly Step[]): Promise<Commit[]> {
  let queue: ReturnType<typeof messageOf>[] = [];
  let origin: 'leader' | 'follower' = 'leader';
  let serial = 0;
  /** Ids that were removed are not used again. */
  const names = new Map<number, string>();
  const commit = (picks: readonly (readonly [number, number, boolean])[], batch: boolean): void => {
    const changes = new Map<string, FakeChange>();
    for (const [sort, slot, removes] of picks) {
      const name = names.get(sort * 10 + slot) ?? `${'tsnec'[sort]}${slot}-${++serial}`;
      if (changes.has(name)) continue;
      const known = names.has(sort * 10 + slot);
      serial += 1;
      if (removes && known) {
        const kind = (['task', 'service', 'node', 'secret', 'cluster'] as const)[sort];
        changes.set(name, { kind, remove: name } as FakeChange);
        names.delete(sort * 10 + slot);
      } else {
        const make = [
          () => task(name, serial),
          () => service(name, serial),
          () => node(name, serial),
          () => secret(name, String(serial)),
          () => cluster(name, String(serial)),
        ][sort]!;
        changes.set(name, make());
        names.set(sort * 10 + slot, name);
      }
    }
    swarm.commit([...changes.values()], { batch, noise: serial % 3 });
  };
  swarm.onEntry((entry) => queue.push(messageOf(entry, origin)));
  const deliver = (count: number): void => {
    for (const message of queue.splice(0, count)) mirror.take(message);
  };
  const list = ({ lag, early, leader }: { lag: number; early: number; leader: boolean }): void => {
    origin = leader ? 'leader' : 'follower';
    // A follower may be behind the leader whose lists are asked for.
    const behind = leader ? [] : swarm.log.slice(Math.max(0, swarm.log.length - lag));
    queue = behind.map((entry) => messageOf(entry, 'follower'));
    let turn = 0;
    const listing = listingOf(swarm, () => {
      if (++turn % 3 === 0) commit([[turn % 5, turn % 4, turn % 2 === 0]], turn % 2 === 0);
    });
    mirror.replace(listing, queue.splice(0, early));
  };
  return commitsOf(mirror, () => {
    list({ lag: 0, early: 9, leader: true });
    for (const step of script) {
      if (step.do === 'commit') commit(step.picks, step.batch);
      else if (step.do === 'deliver') deliver(step.count);
      else if (step.do === 'list') list(step);
      else {
        const from = mirror.index;
        if (from === undefined) list({ lag: 3, early: 2, leader: step.leader });
        else {
          origin = step.leader ? 'leader' : 'follower';
          const past = swarm.entriesAfter(from);
          // On a follower some entries come twice: replayed, and when the follower applies them.
          const again = step.leader || step.twice === 0 ? [] : past.slice(-step.twice);
          queue = [
            ...past.map((entry) => messageOf(entry, 'replay')),
            ...again.map((entry) => messageOf(entry, 'follower')),
          ];
        }
      }
    }
    deliver(Infinity);
  });
}

test('[G2] whatever is repeated, late, cut, resumed or listed again: no object goes back', async () => {
  await checkAsyncProperty(
    fc.asyncProperty(steps, async (script) => {
      const swarm = new FakeSwarm();
      swarm.commit([service('s1'), task('t1'), node('n1'), cluster('c1'), secret('k1', 'x')]);
      const mirror = newMirror(false);
      const commits = await runScript(swarm, mirror, script);
      const bases = new Map<string, number>();
      const gone = new Set<string>();
      for (const { action, kind, object } of commits.flatMap(({ events }) => events)) {
        const key = `${kind} ${object.id}`;
        const base = object.meta.version.index;
        expect(gone.has(key)).toBe(false);
        if (action === 'delete') gone.add(key);
        else {
          // A list leaves fields of these two out: the same object may come again, with them.
          const complete = kind !== 'secret' && kind !== 'cluster';
          expect(base).toBeGreaterThanOrEqual((bases.get(key) ?? -1) + (complete ? 1 : 0));
          bases.set(key, base);
        }
      }
      for (const kind of ['task', 'service', 'node'] as const) {
        const rows = [...swarm.rows(kind)].sort((a, b) => (a.id < b.id ? -1 : 1));
        expect(mirror.store.save()[tableNames[kind]]).toEqual(rows);
      }
      for (const kind of ['secret', 'cluster'] as const)
        expect(mirror.store.save()[tableNames[kind]].map(({ id }) => id)).toEqual(
          swarm
            .rows(kind)
            .map(({ id }) => id)
            .sort(),
        );
    }),
    { numRuns: 150 },
  );
});
