import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { FaultPlan } from './fault-plan.ts';
import type { SeedReport, Size } from './run-seed.ts';

type Module = Record<string, unknown>;

/** A fault of the code: a module that is changed, and what is to be seen within so many seeds. */
interface Plant {
  readonly name: string;
  readonly module: string;
  readonly change: (actual: Module) => Module;
  readonly seeds: number;
  readonly plan?: Partial<FaultPlan>;
  readonly size?: Size;
  /** The problem that the fault has to cause. */
  readonly shows: RegExp;
}

const noisy = { refused: 0, late: 0.25, lost: 0.25, delayed: 0.1, repeated: 0.15 };

/** A class of a module with some of its methods replaced. */
function withMethods(
  actual: Module,
  name: string,
  methods: (original: Record<string, (...given: never[]) => unknown>) => Record<string, unknown>,
): Module {
  const { prototype } = actual[name] as { prototype: object };
  const original = Object.fromEntries(
    Object.entries(Object.getOwnPropertyDescriptors(prototype)).map(([key, { value }]) => [key, value as unknown]),
  );
  for (const [key, value] of Object.entries(methods(original as never))) {
    Object.defineProperty(prototype, key, { value, configurable: true, writable: true });
  }
  return actual;
}

interface Access {
  read(key: string): Promise<unknown>;
  readonly keys: { entry(slot: number): string };
}

interface Snapshots {
  pointer(): Promise<{ readonly snapshot: object } | undefined>;
}

const access = '../../src/replicated/access/log-access.ts';

/** The change of an object, with another time in it. */
function atAnotherTime(action: object): object {
  const [target] = Object.entries(action).filter(([name]) => name !== 'action');
  if (target === undefined) return action;
  const [name, object] = target as [string, { readonly meta: { readonly updatedAt?: { readonly seconds: number } } }];
  const updatedAt = { seconds: 1, nanos: 0 };
  return { ...action, [name]: { ...object, meta: { ...object.meta, updatedAt } } };
}

const plants: readonly Plant[] = [
  {
    name: 'an empty slot counts as a failed create',
    module: access,
    change: (actual) =>
      withMethods(actual, 'LogAccess', ({ append }) => ({
        async append(this: Access, ...given: [number, Uint8Array]) {
          const answer = (await append?.apply(this, given as never)) as { kind: string; failure?: string };
          if (answer.kind !== 'failed' || answer.failure !== 'unknown') return answer;
          return (await this.read(this.keys.entry(given[0]))) === undefined
            ? { ...answer, failure: 'refused' }
            : answer;
        },
      })),
    seeds: 60,
    plan: { calls: noisy },
    shows: /G1a|garbage|dirty-update/,
  },
  {
    name: 'an occupied slot counts as lost, without a look at the id',
    module: '../../src/replicated/log/entry.ts',
    change: (actual) => ({
      ...actual,
      sameEntry: (one: { sequence: number }, other: { sequence: number }) =>
        one.sequence % 8 !== 5 && (actual['sameEntry'] as (...ids: object[]) => boolean)(one, other),
    }),
    seeds: 40,
    plan: { calls: noisy },
    shows: /garbage|G1a|lost-update|duplicate/,
  },
  {
    name: 'a late create opens a trimmed slot again',
    module: './simulated-kv.ts',
    change: (actual) =>
      withMethods(actual, 'SimulatedKv', ({ transaction }) => ({
        transaction(this: object, conditions: readonly object[], operations: readonly { key: string }[], rest: object) {
          const careless = operations[0]?.key.startsWith('c/log/') === true ? conditions.slice(0, 1) : conditions;
          return transaction?.apply(this, [careless, operations, rest] as never);
        },
      })),
    seeds: 40,
    plan: { calls: { ...noisy, late: 0.4 }, keepEntries: 1, snapshotEvery: 1, latency: 3 },
    shows: /was filled again/,
  },
  {
    name: 'a trimmed slot counts as lost, without the table of the writers',
    module: '../../src/replicated/log/incarnations.ts',
    change: (actual) => withMethods(actual, 'Incarnations', () => ({ fateOf: () => 'lost' })),
    seeds: 250,
    plan: {
      calls: { refused: 0, late: 0, lost: 0.25, delayed: 0, repeated: 0 },
      keepEntries: 1,
      snapshotEvery: 1,
      pauses: 4,
      cuts: 4,
      crashes: 0,
      givenUp: 0,
      latency: 3,
    },
    shows: /garbage|G1a|lost-update/,
  },
  {
    name: 'a snapshot with the label of the slot before',
    module: '../../src/replicated/generated/log.ts',
    change: (actual) => {
      const labelled = (encode: string) => (message: { slot: number }) =>
        (actual[encode] as (message: object) => Uint8Array)({ ...message, slot: message.slot - 1 });
      return {
        ...actual,
        encodeSnapshotHeader: labelled('encodeSnapshotHeader'),
        encodeSnapshotPointer: labelled('encodeSnapshotPointer'),
      };
    },
    seeds: 20,
    plan: { snapshotEvery: 2 },
    shows: /ERR_LOG_REFUSED|has stopped/,
  },
  {
    name: 'a follower that skips an entry',
    module: '../../src/replicated/state/taker.ts',
    change: (actual) =>
      withMethods(actual, 'Taker', ({ take }) => ({
        take(this: object, entry: { slot: number }, transactions: readonly unknown[]) {
          const kept = entry.slot % 9 === 5 && transactions.length > 0 ? transactions.map(() => []) : transactions;
          return take?.apply(this, [entry, kept] as never);
        },
      })),
    seeds: 20,
    shows: /diverged|incompatible-order|lost-append|differ|stopped/,
  },
  {
    // No list of a client shows it, and every member agrees with itself.
    name: 'a member that applies another time than the entry has',
    module: '../../src/replicated/state/taker.ts',
    change: (actual) =>
      withMethods(actual, 'Taker', ({ take }) => ({
        take(this: object, entry: { slot: number }, transactions: readonly (readonly object[])[]) {
          const kept = entry.slot % 5 === 2 ? transactions.map((actions) => actions.map(atAnotherTime)) : transactions;
          return take?.apply(this, [entry, kept] as never);
        },
      })),
    seeds: 20,
    plan: { snapshotEvery: 3 },
    shows: /behind this entry, the contents of this member have the hash \w+, and those of the member/,
  },
  {
    name: 'a barrier that waits for nothing',
    module: '../../src/replicated/member/member.ts',
    change: (actual) => withMethods(actual, 'Member', () => ({ barrier: () => Promise.resolve() })),
    seeds: 20,
    shows: /stale-read|diverged/,
  },
  {
    name: 'an unpublished snapshot is removed, without a look at the pointer',
    module: '../../src/replicated/access/snapshot-access.ts',
    change: (actual) =>
      withMethods(actual, 'SnapshotAccess', ({ remove }) => ({
        async remove(this: Snapshots, ...given: unknown[]) {
          // The pointer says that another snapshot is the newest one.
          const { pointer } = this;
          this.pointer = async () => {
            const newest = await pointer.call(this);
            return newest && { ...newest, snapshot: { ...newest.snapshot, id: 'another' } };
          };
          try {
            return await remove?.apply(this, given as never);
          } finally {
            this.pointer = pointer;
          }
        },
      })),
    seeds: 60,
    plan: { calls: noisy, snapshotEvery: 2, keepEntries: 1 },
    shows: /chunks of the newest snapshot are missing/,
  },
  {
    // The clients and the members agree with each other: only the replay of the log sees it.
    name: 'entries that lack what their only writer has',
    module: '../../src/wire/generated/raft.ts',
    change: (actual) => {
      const message = actual['InternalRaftRequest'] as { encode(request: { action: readonly unknown[] }): Uint8Array };
      const encode = message.encode.bind(message);
      message.encode = ({ action }) => encode({ action: action.length > 1 ? action.slice(1) : action });
      return actual;
    },
    seeds: 3,
    plan: { crashes: 0, closes: 0, snapshotEvery: 10_000 },
    size: { members: 1, clients: 4, transactions: 18 },
    shows: /^replay: the contents of m1 have another/,
  },
  {
    name: 'a snapshot that lacks a writer',
    module: '../../src/replicated/log/incarnations.ts',
    change: (actual) =>
      withMethods(actual, 'Incarnations', ({ records }) => ({
        *records(this: object) {
          const all = [...(records?.apply(this, [] as never) as Iterable<object>)];
          yield* all.slice(all.length > 1 ? 1 : 0);
        },
      })),
    seeds: 3,
    plan: { snapshotEvery: 3 },
    shows: /^replay: the writers in the snapshot/,
  },
  {
    name: 'no term: the writes of a leader carry none',
    module: '../../src/replicated/member/claims.ts',
    change: (actual) => withMethods(actual, 'Claims', () => ({ claim: () => undefined })),
    seeds: 20,
    plan: { campaigns: 0.3 },
    shows: /^replay: the version \d+ is of the term \d+, behind the beginning/,
  },
  {
    name: 'an entry of an older term is applied',
    module: '../../src/replicated/log/terms.ts',
    change: (actual) => withMethods(actual, 'Terms', () => ({ isPast: () => false })),
    seeds: 20,
    plan: { campaigns: 0.3 },
    shows: /^replay: the version \d+ is of the term \d+, behind the beginning/,
  },
  {
    name: 'a snapshot without terms',
    module: '../../src/replicated/log/terms.ts',
    change: (actual) => withMethods(actual, 'Terms', () => ({ marks: () => [] })),
    seeds: 20,
    plan: { campaigns: 0.3, snapshotEvery: 2 },
    shows: /^replay: the terms in the snapshot/,
  },
];

async function firstProblem({ module, change, seeds, plan, size, shows }: Plant): Promise<SeedReport | undefined> {
  jest.resetModules();
  jest.doMock(module, () => change(jest.requireActual(module)));
  const { runSeed } = await import('./run-seed.ts');
  for (let seed = 1; seed <= seeds; seed += 1) {
    const report = await runSeed(seed, { change: plan, size, mostEvents: 8000 });
    if (report.problems.some((problem) => shows.test(problem))) return report;
  }
  return undefined;
}

describe('planted faults', () => {
  afterEach(() => {
    jest.resetModules();
    jest.dontMock(access);
  });

  test.each(plants)(
    '[F11] $name is found',
    async (plant) => {
      const found = await firstProblem(plant);
      jest.dontMock(plant.module);
      expect(found?.problems).toEqual(expect.arrayContaining([expect.stringMatching(plant.shows)]));
    },
    300_000,
  );

  test('[J32][F9] the late entries of writers that look at no term have no effect', async () => {
    jest.resetModules();
    const { Claims } = await import('../../src/replicated/member/claims.ts');
    const { Terms } = await import('../../src/replicated/log/terms.ts');
    const { runSeed } = await import('./run-seed.ts');
    let writes = 0;
    let careless = false;
    withMethods({ Terms }, 'Terms', ({ isPast }) => ({
      isPast(this: object, ...given: unknown[]) {
        return !careless && isPast?.apply(this, given as never) === true;
      },
    }));
    withMethods({ Claims }, 'Claims', ({ claim }) => ({
      claim(this: object, ...given: unknown[]) {
        // Not each time: a writer whose entry was skipped would try again and again.
        writes += 1;
        careless = writes % 2 === 0;
        try {
          claim?.apply(this, given as never);
        } finally {
          careless = false;
        }
      },
      areOver: () => false,
    }));
    let skipped = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const { problems, counters } = await runSeed(seed, { change: { campaigns: 0.3 } });
      expect({ seed, problems }).toEqual({ seed, problems: [] });
      skipped += counters['skipped'] ?? 0;
    }
    expect(skipped).toBeGreaterThan(0);
  });
});
