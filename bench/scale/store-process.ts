/** A store with its followers, in a process of its own. It measures unit costs, or a whole load. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MemoryStore } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { serveEvents } from 'swarmstate/remote/events';
import { encodeTasks, idOf, nextOf, sample } from '../lib/objects.ts';
import type { UnitCosts } from './model.ts';

export interface Load {
  readonly tasks: number;
  readonly followers: number;
  readonly changesPerTransaction: number;
  /** Changes of one measurement. */
  readonly changes: number;
}

/** Milliseconds between two transactions: with 20 changes each, 1,333 changes in a second. */
const PACE_MS = 15;

/** Processor time in microseconds that `work` takes. */
async function processor(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function memory(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Commits changes of tasks at the pace of a roll-out, so that followers keep up as they would in a cluster. */
async function change(store: MemoryStore, { tasks, changes, changesPerTransaction }: Load): Promise<void> {
  const numbers = sample(changes, tasks, 7);
  for (let first = 0; first < changes; first += changesPerTransaction) {
    await store.update((tx) => {
      for (const number of numbers.slice(first, first + changesPerTransaction)) {
        const task = tx.tasks.get(idOf('t', number));
        if (task !== undefined) tx.tasks.update(nextOf(task));
      }
    });
    await pause(PACE_MS);
  }
}

/** The followers have read all that was sent, as soon as their sum stands still. */
async function settled(readers: ChildProcess): Promise<number> {
  for (let last = -1; ;) {
    readers.send('bytes');
    const [bytes] = (await once(readers, 'message')) as [number];
    if (bytes === last) return bytes;
    last = bytes;
    await pause(50);
  }
}

/** A load with its followers. */
interface Served {
  readonly micros: number;
  readonly bytes: number;
  readonly memory: number;
  /** Processor time of connecting all followers. */
  readonly connecting: number;
  /** Bytes of the contents that all followers were sent. */
  readonly contents: number;
}

/** Serves the store to `followers` while `work` runs; gives the processor time, and bytes that arrived. */
async function served(store: MemoryStore, followers: number, work: () => Promise<void>): Promise<Served> {
  const events = serveEvents(store, { authorize: () => true, maxStreams: followers });
  const server = createServer((request, response) => void events(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const readers = fork(join(import.meta.dirname, 'readers.ts'), { execArgv: process.execArgv });
  try {
    const before = memory();
    let start = 0;
    const connecting = await processor(async () => {
      readers.send({ port: (server.address() as AddressInfo).port, followers });
      await once(readers, 'message');
      start = await settled(readers);
    });
    const connected = memory();
    let bytes = 0;
    const micros = await processor(async () => {
      await work();
      bytes = (await settled(readers)) - start;
    });
    return { micros, bytes, memory: connected - before, connecting, contents: start };
  } finally {
    readers.disconnect();
    events.close();
    server.closeAllConnections();
    server.close();
  }
}

async function restored(bytes: Uint8Array): Promise<MemoryStore> {
  const store = new MemoryStore({ history: 1000 });
  await store.restore(StoreSnapshot.decode(bytes));
  return store;
}

/** Followers that are enough to tell their memory from what the collector left. */
const CROWD = 500;

/** Bytes of memory of a connected follower, beside the contents, which all followers share. */
async function followerBytes(): Promise<number> {
  const store = await restored(encodeTasks(0, 20, 20));
  const nothing = (): Promise<void> => Promise.resolve();
  await served(store, CROWD, nothing);
  const crowd = await served(store, CROWD, nothing);
  return Math.max(0, crowd.memory) / CROWD;
}

/** The unit costs at one size. */
async function unitCosts(load: Load): Promise<UnitCosts> {
  const { tasks, changes, changesPerTransaction, followers } = load;
  const bytes = encodeTasks(0, tasks, tasks);
  const empty = memory();
  // For the compiler; nothing of it is left when the memory is measured again.
  await restored(encodeTasks(0, 1000, 1000));
  let store = new MemoryStore();
  const restoreMicros = await processor(async () => {
    store = await restored(bytes);
  });
  const full = memory();
  const saveMicros = await processor(() => StoreSnapshot.encode(store.save()));
  const small = { ...load, changes: Math.ceil(changes / 10) };
  await change(store, small);
  const writing = await processor(() => change(store, load));
  // Followers without a view cost nothing, one pays for the bytes that all of them share.
  await served(store, 1, () => change(store, small));
  const one = await served(store, 1, () => change(store, load));
  const all = await served(store, followers, () => change(store, load));
  const transactions = Math.ceil(changes / changesPerTransaction);
  const sending = Math.max(0, all.micros - one.micros) / ((followers - 1) * transactions);
  return {
    bytesPerTask: (full - empty) / tasks,
    microsPerChange: writing / changes,
    microsPerEncodedChange: Math.max(0, one.micros - writing - sending * transactions) / changes,
    microsPerSend: sending,
    firstConnectMicrosPerTask: one.connecting / tasks,
    connectMicrosPerTask: Math.max(0, all.connecting - one.connecting) / ((followers - 1) * tasks),
    contentsBytesPerTask: all.contents / (followers * tasks),
    bytesPerChange: all.bytes / (followers * changes),
    bytesPerFollower: await followerBytes(),
    snapshotBytesPerTask: bytes.length / tasks,
    restoreMicrosPerTask: restoreMicros / tasks,
    saveMicrosPerTask: saveMicros / tasks,
  };
}

/** Processor time and bytes of a whole load, to be compared with what the model says. */
async function whole(
  load: Load,
): Promise<{ readonly micros: number; readonly bytes: number; readonly memory: number }> {
  const bytes = encodeTasks(0, load.tasks, load.tasks);
  const empty = memory();
  const store = await restored(bytes);
  const full = memory();
  await served(store, 1, () => change(store, { ...load, changes: Math.ceil(load.changes / 10) }));
  const { micros, bytes: sent, memory: ofFollowers } = await served(store, load.followers, () => change(store, load));
  return { micros, bytes: sent, memory: full - empty + ofFollowers };
}

process.once('message', ({ what, load }: { readonly what: 'units' | 'whole'; readonly load: Load }) => {
  void (what === 'units' ? unitCosts(load) : whole(load)).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit(0));
