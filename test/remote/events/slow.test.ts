import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { caughtUp, followQuickly, Serving } from './support/serving.ts';

/** More than the buffers of a connection hold. */
const LARGE = 'x'.repeat(512 * 1024);

/** A client that asks, and reads nothing until it is resumed. */
async function sleeper(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.pause();
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  return socket;
}

async function change(store: MemoryStore, n: number): Promise<void> {
  await store.update((tx) => tx.nodes.create({ id: `n${n}`, spec: { annotations: { labels: { LARGE } } } }));
  await nextTurn();
}

async function textOf(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('latin1');
  for await (const part of socket) text += part as string;
  return text;
}

test('[N10] a client that falls behind beyond the limit gets what was sent and the reason; others go on', async () => {
  const store = new MemoryStore({ history: 10 });
  await using serving = await Serving.start(store, { limit: 5 });
  const socket = await sleeper(serving.port);
  await using healthy = await followQuickly(serving.url);
  while (serving.events.streams < 2) await nextTurn();
  for (let n = 0; n < 30; n++) {
    await change(store, n);
    await caughtUp(healthy, store);
  }
  const { watchers, watcherLag } = store.stats();
  // Its watcher is gone, so that it keeps no later commit in memory; the healthy one is there.
  expect(watchers).toBe(1);
  expect(watcherLag).toBe(0);
  const text = await textOf(socket);
  expect(text).toContain('event: end');
  expect(text).toContain('ERR_WATCH_OVERFLOW');
  expect(text.match(/event: commit/g)!.length).toBeLessThan(30);
  expect(healthy.store.save().nodes).toHaveLength(30);
});

test('[N10] a client that reads nothing is cut off after the time that it has', async () => {
  const store = new MemoryStore({ history: 10 });
  await using serving = await Serving.start(store, { stallMs: 20 });
  const socket = await sleeper(serving.port);
  while (serving.sockets.length === 0) await nextTurn();
  const closed = once(serving.sockets[0]!, 'close');
  for (let n = 0; n < 30; n++) await change(store, n);
  await closed;
  while (serving.events.streams > 0) await nextTurn();
  expect(store.stats()).toMatchObject({ watchers: 0, snapshots: 0 });
  socket.destroy();
});

test('[N10] more streams than allowed are refused with status 503', async () => {
  const store = new MemoryStore({ history: 10 });
  await using serving = await Serving.start(store, { maxStreams: 1 });
  await using _first = await followQuickly(serving.url);
  const answer = await fetch(serving.url);
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
});

test('[N10] a client that goes away leaves nothing in the store, also during the contents', async () => {
  const store = new MemoryStore({ history: 10 });
  for (let n = 0; n < 30; n++) await change(store, n);
  await using serving = await Serving.start(store);
  const socket = await sleeper(serving.port);
  while (serving.events.streams === 0) await nextTurn();
  expect(store.stats()).toMatchObject({ watchers: 1, snapshots: 1 });
  socket.destroy();
  while (serving.events.streams > 0) await nextTurn();
  expect(store.stats()).toMatchObject({ watchers: 0, snapshots: 0 });
});
