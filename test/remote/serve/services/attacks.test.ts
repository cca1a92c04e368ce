import { afterEach, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { WatchRequest } from 'swarmstate/proto';
import type { WatchActionKind } from 'swarmstate/proto';
import { serveSwarm } from 'swarmstate/remote';
import type { ServerLimits, SwarmServer } from 'swarmstate/remote';
import { RawConnection } from '../support/raw-connection.ts';
import type { RawClient } from '../support/raw-client.ts';
import { Opened } from '../support/serving.ts';
import { field } from '../support/wire.ts';

const opened = new Opened();
afterEach(() => opened.close());

const WATCH = '/docker.swarmkit.v1.Watch/Watch';
const nodes = WatchRequest.encode({ entries: [{ kind: 'node', action: 7 as WatchActionKind }] });
const LIMIT = 2_000_000;

interface Attacked {
  readonly store: MemoryStore;
  readonly server: SwarmServer;
  readonly healthy: RawClient;
  connection(): Promise<RawConnection>;
}

async function attacked(limits: ServerLimits = {}): Promise<Attacked> {
  const store = new MemoryStore();
  const server = opened.add(
    await serveSwarm(store, {
      listen: '127.0.0.1:0',
      limits: { totalBytes: LIMIT, streamsPerPeer: 1000, ...limits },
    }),
  );
  const connection = async (): Promise<RawConnection> => opened.add(await RawConnection.open(server.address));
  return { store, server, healthy: opened.client(server.address), connection };
}

/** A node of about that many bytes. */
async function put(store: MemoryStore, id: string, bytes: number): Promise<void> {
  const labels = { text: 'x'.repeat(bytes) };
  await store.update((tx) => tx.nodes.create({ id, spec: { annotations: { labels } } }));
}

async function isServed(healthy: RawClient): Promise<boolean> {
  return (await healthy.call('/docker.swarmkit.v1.Control/GetNode', field(1, 'small'))).code === 0;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('[V30] readers that never read hold at most the limit of unsent bytes, and a good client is served', async () => {
  const { store, server, healthy, connection } = await attacked();
  await put(store, 'small', 1);
  for (let made = 0; made < 4; made += 1) {
    const raw = await connection();
    for (let stream = 0; stream < 50; stream += 1) raw.unread(WATCH, nodes);
  }
  while (server.stats().streams < 200) await turn();
  for (let round = 0; round < 10; round += 1) {
    await put(store, `n${round}`, 100_000);
    expect(await isServed(healthy)).toBe(true);
    expect(server.stats().unsentBytes).toBeLessThanOrEqual(LIMIT);
  }
  expect(server.stats().cut).toBeGreaterThan(100);
});

test('[V30] streams that are reset at once leave nothing behind', async () => {
  const { store, server, healthy, connection } = await attacked();
  await put(store, 'small', 1);
  for (let made = 0; made < 5; made += 1) {
    const raw = await connection();
    for (let stream = 0; stream < 100; stream += 1) raw.unread(WATCH, nodes).close(8);
    expect(await isServed(healthy)).toBe(true);
    raw.close();
  }
  while (server.stats().streams > 0 || server.stats().connections > 1) await turn();
  expect(store.stats().watchers).toBe(0);
  expect(server.stats().unsentBytes).toBe(0);
});

test('[V30] connections that are dropped with open watches leave no watcher in the store', async () => {
  const { store, server, healthy, connection } = await attacked();
  await put(store, 'small', 1);
  const raws = [await connection(), await connection()];
  for (const raw of raws) for (let stream = 0; stream < 500; stream += 1) raw.unread(WATCH, nodes);
  while (store.stats().watchers < 1000) await turn();
  expect(await isServed(healthy)).toBe(true);
  for (const raw of raws) raw.close();
  while (store.stats().watchers > 0 || server.stats().streams > 0) await turn();
  expect(await isServed(healthy)).toBe(true);
});
