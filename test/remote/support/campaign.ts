import { MemoryStore, newId } from 'swarmstate';
import type { Change } from 'swarmstate';
import { isRemoteError } from 'swarmstate/remote/events';
import type { ReadableStore, RemoteStore } from 'swarmstate/remote/events';
import { faultyServer, recordEvents } from 'swarmstate/testing';
import type { ConnectionFault, EventRecorder, FaultyServer } from 'swarmstate/testing';
import { actionOf } from '../../../src/model/store-actions.ts';
import { SeededRandom } from '../../../src/testing/random/seeded-random.ts';
import { caughtUp } from '../events/support/serving.ts';

/** A way over the network: a server at a port, and its client. */
export interface Way {
  /** Serves a store at a port; 0 asks for a free one. */
  serve(store: ReadableStore, port: number): Promise<{ readonly port: number } & AsyncDisposable>;
  /** Follows with pauses of milliseconds. */
  follow(port: number): Promise<RemoteStore>;
}

/** The entries of a store's commits from now on. */
function logOf(store: MemoryStore): Change[] {
  const log: Change[] = [];
  const watcher = store.watch({ limit: Infinity });
  void (async () => {
    for await (const { version, events } of watcher.commits())
      if (version !== undefined) log.push({ version, storeActions: events.map(actionOf) });
  })();
  return log;
}

/** Creates, changes and removes nodes and tasks. */
async function write(store: MemoryStore, random: SeededRandom): Promise<void> {
  await store.update((tx) => {
    for (let changes = 1 + random.below(3); changes > 0; changes--) {
      const id = `n${random.below(20)}`;
      if (tx.nodes.get(id) === undefined) tx.nodes.create({ id });
      else if (random.below(3) === 0) tx.nodes.delete(id);
      else
        tx.nodes.modify(id, (draft) => {
          draft.attachment = undefined;
          draft.spec.annotations.labels = { n: String(random.next()) };
        });
    }
    tx.tasks.create({ id: newId() });
  });
}

function check(recorder: EventRecorder, log: readonly Change[]): void {
  recorder.assertOrdered();
  recorder.assertUnique();
  recorder.assertAtomic(log);
  recorder.assertOldObjects();
  recorder.assertComplete();
}

/** Followers that are cut side by side. */
const LANES = 8;

/** Cuts one connection after the other, each a byte later, while the store changes. */
export async function cutAtEveryByte(way: Way, bytes: number): Promise<void> {
  const random = new SeededRandom(1);
  const store = new MemoryStore({ history: 100 });
  const log = logOf(store);
  for (let n = 0; n < 5; n++) await write(store, random);
  await using served = await way.serve(store, 0);
  const lane = async (first: number): Promise<void> => {
    const plan = (connection: number): ConnectionFault | undefined => {
      const after = first + LANES * connection;
      return after < bytes ? { kind: 'cut', after } : undefined;
    };
    await using proxy = await faultyServer({ target: { port: served.port, host: '127.0.0.1' }, plan });
    await using remote = await way.follow(proxy.port);
    const recorder = recordEvents(remote.store as MemoryStore);
    let connections = 0;
    while (proxy.faults.at(-1) !== undefined) {
      await new Promise(setImmediate);
      // The last cuts may come later than all bytes of a stream.
      if (remote.status === 'live') proxy.cut();
      if (proxy.faults.length === connections) continue;
      connections = proxy.faults.length;
      await write(store, random);
    }
    await write(store, random);
    await caughtUp(remote, store);
    await recorder.settle();
    check(recorder, log);
    recorder.close();
  };
  await Promise.all(Array.from({ length: LANES }, (_, first) => lane(first)));
}

/** Turns of the event loop after which an answer without contents counts as one that never ends. */
const MOST_TURNS = 10_000;

/**
 * Follows up to the first contents. The garbled head of an answer may look like that of another server: the call
 * rejects then. An answer that stalls is ended here, because a client waits as long for it as for the first contents.
 */
async function followed(way: Way, proxy: FaultyServer): Promise<RemoteStore> {
  let waiting = true;
  const cutStalls = async (): Promise<void> => {
    for (let turn = 1; waiting; turn += 1) {
      if (turn % MOST_TURNS === 0) proxy.cut();
      await new Promise(setImmediate);
    }
  };
  const cutting = cutStalls();
  try {
    for (;;) {
      try {
        return await way.follow(proxy.port);
      } catch (error) {
        if (!isRemoteError(error, 'ERR_REMOTE_NOT_SERVED') && !isRemoteError(error, 'ERR_REMOTE_NOT_REACHABLE'))
          throw error;
      }
    }
  } finally {
    waiting = false;
    await cutting;
  }
}

/** The situations of a campaign, and how often each came. */
export type Situations = Map<string, number>;

/** More than the buffers of a connection hold, in some commits. */
const LARGE = 'x'.repeat(512 * 1024);

/** Changes one node, so that the commit is large and the contents stay small. */
async function writeLarge(store: MemoryStore): Promise<void> {
  await store.update((tx) => {
    if (tx.nodes.get('large') === undefined) tx.nodes.create({ id: 'large' });
    tx.nodes.modify('large', (draft) => {
      draft.attachment = undefined;
      draft.description = { hostname: LARGE };
      draft.spec.annotations.labels = { n: String(store.version!.index) };
    });
  });
  await new Promise(setImmediate);
}

/**
 * One seed of slow reading: now and then the client reads nothing while large commits come, a few or more than may wait
 * for it. The server has to have a small limit of events, and no signs of life within seconds.
 */
export async function runSlowSeed(way: Way, seed: number, seen: Situations): Promise<void> {
  const random = new SeededRandom(seed);
  const saw = (situation: string): void => void seen.set(situation, (seen.get(situation) ?? 0) + 1);
  const store = new MemoryStore({ history: seed % 2 === 0 ? 3 : 60 });
  const log = logOf(store);
  await write(store, random);
  await using served = await way.serve(store, 0);
  await using proxy = await faultyServer({ target: { port: served.port, host: '127.0.0.1' }, plan: () => undefined });
  await using remote = await way.follow(proxy.port);
  const recorder = recordEvents(remote.store as MemoryStore);
  for (let hold = 0; hold < 3; hold += 1) {
    for (let n = random.below(5); n > 0; n -= 1) await write(store, random);
    // The client may have been cut by these writes already: its watcher stands beside that of the log.
    await caughtUp(remote, store);
    while (store.stats().watchers < 2) await new Promise(setImmediate);
    proxy.hold();
    const isCut = (): boolean => store.stats().watchers < 2;
    if (random.below(3) === 0) {
      for (let n = 0; n < 3; n += 1) await writeLarge(store);
      saw(isCut() ? 'a slow reader that is cut' : 'a slow reader that goes on');
    } else {
      // The buffers fill, and then the server lets go of the client and of the commits for it.
      for (let n = 0; n < 100 && !isCut(); n += 1) await writeLarge(store);
      if (!isCut()) throw new Error('50 MB wait for a client that reads nothing');
      saw('a slow reader that is cut');
      if (random.below(2) === 0) for (let n = 0; n < 10; n += 1) await write(store, random);
    }
    proxy.release();
    await caughtUp(remote, store);
  }
  await recorder.settle();
  check(recorder, log);
  if (recorder.commits.some(({ reset }) => reset === true)) saw('a reset');
  recorder.close();
}

/** The situations that a campaign has to meet, and how often in each seed on average. */
const EXPECTED: readonly (readonly [situation: string, each: number])[] = [
  ['cut', 0.5],
  ['stall', 0.04],
  ['garble', 0.5],
  ['a restart of the server', 1],
  ['a compacted log', 1],
  ['a commit', 5],
  ['a reset', 1],
];

/** Runs the seeds from 1 on. Returns the situations that were met too seldom, and how often. */
export async function runSeeds(way: Way, seeds: number): Promise<readonly string[]> {
  const seen: Situations = new Map();
  for (let seed = 1; seed <= seeds; seed += 1) await runSeed(way, seed, seen);
  return EXPECTED.flatMap(([situation, each]) => {
    const met = seen.get(situation) ?? 0;
    return met < each * seeds ? [`${situation}: ${met} times`] : [];
  });
}

/** One seed of faults: connections that are cut, stalled and garbled, servers that restart, logs that are compacted. */
async function runSeed(way: Way, seed: number, seen: Situations): Promise<void> {
  const random = new SeededRandom(seed);
  const saw = (situation: string, count = 1): void => {
    seen.set(situation, (seen.get(situation) ?? 0) + count);
  };
  const store = new MemoryStore({ history: 1 + random.below(30) });
  const log = logOf(store);
  for (let n = random.below(5); n >= 0; n--) await write(store, random);
  let served = await way.serve(store, 0);
  const { port } = served;
  await using proxy = await faultyServer({
    target: { port, host: '127.0.0.1' },
    seed,
    rates: { cut: random.next() / 3, stall: random.below(2) / 10, garble: random.next() / 3 },
    withinBytes: 4096,
  });
  await using remote = await followed(way, proxy);
  const recorder = recordEvents(remote.store as MemoryStore);
  for (let step = 0; step < 40; step++) {
    const choice = random.below(10);
    if (choice === 0) {
      await served[Symbol.asyncDispose]();
      for (let n = random.below(10); n > 0; n--) await write(store, random);
      served = await way.serve(store, port);
      saw('a restart of the server');
    } else if (choice === 1) {
      proxy.cut();
      for (let n = 0; n < 40; n++) await write(store, random);
      saw('a compacted log');
    } else if (choice === 2) {
      // Each commit finds a client that has all before it, and comes alone, unless a fault is in the way.
      await caughtUp(remote, store);
      for (let n = random.below(6); n >= 0; n--) {
        await write(store, random);
        await caughtUp(remote, store);
      }
    } else if (choice < 5) await new Promise(setImmediate);
    else await write(store, random);
  }
  proxy.heal();
  await write(store, random);
  await caughtUp(remote, store);
  await recorder.settle();
  check(recorder, log);
  recorder.close();
  for (const fault of proxy.faults) saw(fault?.kind ?? 'a whole connection');
  saw('a commit', recorder.commits.filter(({ reset }) => reset !== true).length);
  saw('a reset', recorder.commits.filter(({ reset }) => reset === true).length);
  await served[Symbol.asyncDispose]();
}
