/**
 * `npm run bench -- serve` measures a served store with many readers in another process: through swarmkit's watch,
 * through the service Follow, and as server-sent events. The figures are messages in a second, the memory of the server
 * for each reader, and the time until all readers watch again after a restart. A bare stream of gRPC sends the same
 * bytes in the same run. The figures go to figures.json beside this file, and into docs/remote.md; `--quick` only
 * prints them.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { MemoryStore } from 'swarmstate';
import { WatchMessage } from 'swarmstate/proto';
import { serveSwarm } from 'swarmstate/remote';
import { serveEvents } from 'swarmstate/remote/events';
import { makeTasks } from '../lib/objects.ts';
import { circumstances } from '../results.ts';
import { measureAttack } from './attacks.ts';
import type { AttackFigure } from './attacks.ts';
import { writeFigures } from './figures.ts';
import type { ServeFigure } from './figures.ts';
import { liveMemory } from './memory.ts';
import { paths } from './ways.ts';
import type { ReadersOrder, Way } from './ways.ts';

const CONNECTIONS = 10;

interface Sizes {
  readonly readers: number;
  readonly messages: number;
}

/** Readers in a process of their own. */
class Readers {
  readonly #process: ChildProcess;

  constructor() {
    this.#process = fork(join(import.meta.dirname, 'readers-process.ts'), { execArgv: process.execArgv });
  }

  async ask(order: ReadersOrder, answer: string): Promise<void> {
    this.#process.send(order);
    await this.answered(answer);
  }

  async answered(answer: string): Promise<void> {
    for (;;) {
      const [told] = (await once(this.#process, 'message')) as [unknown];
      if (told === answer) return;
    }
  }

  async close(): Promise<void> {
    this.#process.send({ close: true } satisfies ReadersOrder);
    await once(this.#process, 'exit');
  }
}

/** A server of the store, at an address that was given before or at a new one. */
interface Serving {
  readonly address: string;
  close(): Promise<void>;
}

async function serving(store: MemoryStore, { readers }: Sizes, way: Way, listen: string): Promise<Serving> {
  if (way !== 'events') return serveSwarm(store, { listen, limits: { streamsPerPeer: readers, graceMs: 1000 } });
  const events = serveEvents(store, { authorize: () => true });
  const server = createServer((request, response) => void events(request, response));
  server.listen(Number(listen.split(':')[1]), '127.0.0.1', 4096);
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      events.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Messages in a second to all readers together, from the first send to the last message that was read. */
async function rate(readers: Readers, sizes: Sizes, send: (message: number) => Promise<unknown>): Promise<number> {
  await readers.ask({ count: sizes.messages }, 'counting');
  const done = readers.answered('done');
  const start = performance.now();
  for (let message = 0; message < sizes.messages; message += 1) {
    await send(message);
    // The event loop sends between two commits, as in a program that waits for its next work.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await done;
  return Math.round((sizes.readers * sizes.messages) / ((performance.now() - start) / 1000));
}

async function measureStore(sizes: Sizes, way: Way): Promise<ServeFigure> {
  const store = new MemoryStore({ history: 1000 });
  const [task] = makeTasks(0, 1, 1);
  await store.update((tx) => tx.tasks.create({ ...task, id: 'task' }));
  let server = await serving(store, sizes, way, '127.0.0.1:0');
  const readers = new Readers();
  const before = liveMemory();
  const order = { way, readers: sizes.readers, connections: CONNECTIONS } as const;
  await readers.ask({ open: server.address, ...order }, 'ready');
  const bytesPerReader = Math.round((liveMemory() - before) / sizes.readers);
  const perSecond = await rate(readers, sizes, (slot) =>
    store.update((tx) => tx.tasks.modify('task', (draft) => void (draft.slot = 1_000_000 + slot))),
  );
  const { address } = server;
  await server.close();
  const start = performance.now();
  server = await serving(store, sizes, way, address);
  await readers.ask({ open: address, ...order }, 'ready');
  const restartMs = Math.round(performance.now() - start);
  await readers.close();
  await server.close();
  return { way, perSecond, bytesPerReader, restartMs };
}

/** The same bytes from a server that only writes them: the bound. */
async function measureBare(sizes: Sizes): Promise<number> {
  const [task] = makeTasks(0, 1, 1);
  const bytes = Buffer.from(WatchMessage.encode({ events: [{ action: 2, object: { task } }], version: { index: 1 } }));
  const calls: grpc.ServerWritableStream<Buffer, Buffer>[] = [];
  const server = new grpc.Server({ 'grpc.enable_channelz': 0 });
  const identity = (message: Buffer): Buffer => message;
  const watch = (call: grpc.ServerWritableStream<Buffer, Buffer>): void => {
    calls.push(call);
    call.write(Buffer.alloc(0));
  };
  server.register(paths.watch, watch, identity, identity, 'serverStream');
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const readers = new Readers();
  const order = { way: 'watch', readers: sizes.readers, connections: CONNECTIONS } as const;
  await readers.ask({ open: `127.0.0.1:${port}`, ...order }, 'ready');
  const perSecond = await rate(readers, sizes, () =>
    Promise.all(calls.map((call) => new Promise((resolve) => call.write(bytes, resolve)))),
  );
  await readers.close();
  server.forceShutdown();
  return perSecond;
}

export async function main({ quick }: { readonly quick: boolean }): Promise<void> {
  const sizes: Sizes = quick ? { readers: 100, messages: 20 } : { readers: 1000, messages: 100 };
  const bare = await measureBare(sizes);
  const served: ServeFigure[] = [];
  for (const way of ['watch', 'follow', 'events'] as const) served.push(await measureStore(sizes, way));
  const attacks: AttackFigure[] = [];
  for (const [attack, count] of [
    ['unread', 1000],
    ['resets', 1000],
    ['watches', 10_000],
  ] as const) {
    attacks.push(await measureAttack(attack, quick ? count / 10 : count, quick ? 200 : 2000));
  }
  const figures = { ...circumstances(), ...sizes, connections: CONNECTIONS, bare, served, attacks };
  console.log(JSON.stringify(figures, undefined, 2));
  if (!quick) await writeFigures(figures);
}
