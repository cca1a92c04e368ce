import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { serveSwarm } from 'swarmstate/remote';
import type { SwarmServer } from 'swarmstate/remote';
import type { Swarm } from 'swarmstate/swarm';
import { followWith } from '../../../../src/swarm/live/follow-swarm.ts';
import { asManager, authority, Opened, tls } from '../support/serving.ts';

const opened = new Opened();
afterEach(() => opened.close());

const timings = { probeMs: 60_000, backOff: { initialMs: 1, maxMs: 20, factor: 2 }, goodMs: 0 };

async function serve(store: MemoryStore, listen: string): Promise<SwarmServer> {
  return opened.add(await serveSwarm(store, { listen, tls, limits: { graceMs: 50 } }));
}

async function follow(address: string): Promise<Swarm> {
  const { own } = asManager;
  const swarm = await followWith(timings, address, {
    ca: authority.ca,
    ...(address.startsWith('unix') ? {} : { cert: own?.certificate, key: own?.key }),
  });
  return opened.add(swarm);
}

async function filled(): Promise<MemoryStore> {
  const store = new MemoryStore({ history: 1000 });
  await store.update((tx) => {
    tx.clusters.create({ id: 'c1', spec: { annotations: { name: 'default' } } });
    tx.services.create({ id: 's1', spec: { annotations: { name: 'web' } } });
    for (const id of ['t1', 't2', 't3']) tx.tasks.create({ id, serviceId: 's1' });
  });
  return store;
}

/** Waits for a commit after which the copy has the same tasks, services and nodes. */
async function untilEqual(store: MemoryStore, swarm: Swarm): Promise<void> {
  const watcher = swarm.store.watch();
  const isEqual = (): boolean => {
    const [wanted, copied] = [store.save(), swarm.store.save()];
    const bare = (list: readonly object[]): string => JSON.stringify(list);
    return (['tasks', 'services', 'nodes'] as const).every((table) => bare(wanted[table]) === bare(copied[table]));
  };
  if (!isEqual()) for await (const _ of watcher.commits()) if (isEqual()) break;
  watcher.close();
}

test.each(['unix', 'TCP'])('[V26] followSwarm follows a served store over %s', async (kind) => {
  const store = await filled();
  const server = await serve(store, kind === 'unix' ? join(opened.folder(), 'store.sock') : '127.0.0.1:0');
  const swarm = await follow(server.address);
  expect(swarm.status).toBe('live');
  expect(swarm.store.save().tasks).toEqual(store.save().tasks);
  for (let round = 0; round < 20; round += 1) {
    await store.update((tx) => {
      tx.tasks.modify('t1', (draft) => {
        draft.slot = round + 1;
      });
      if (round % 2 === 0) tx.nodes.create({ id: `n${round}` });
      else tx.nodes.delete(`n${round - 1}`);
    });
  }
  await untilEqual(store, swarm);
});

test('[V26] after a restart of the server a follower resumes, and gets the missed commits one by one', async () => {
  const store = await filled();
  const path = join(opened.folder(), 'store.sock');
  const first = await serve(store, path);
  const swarm = await follow(first.address);
  await store.update((tx) => tx.tasks.create({ id: 't4', slot: 1 }));
  await untilEqual(store, swarm);
  const watcher = swarm.store.watch();
  await first.close();
  for (const slot of [2, 3])
    await store.update((tx) =>
      tx.tasks.modify('t4', (draft) => {
        draft.slot = slot;
      }),
    );
  await serve(store, path);
  const slots: (number | undefined)[] = [];
  for await (const { events, reset } of watcher.commits()) {
    expect(reset).toBeUndefined();
    slots.push(...events.map((event) => (event.kind === 'task' ? event.object.slot : undefined)));
    if (slots.includes(3)) break;
  }
  expect(slots).toEqual([2, 3]);
});

test('[V26] a join token does not lead to the root certificate: the server has no authority', async () => {
  const server = await serve(await filled(), join(opened.folder(), 'store.sock'));
  const token = `SWMTKN-1-${'0'.repeat(50)}-${'0'.repeat(25)}`;
  const refused = await followWith(timings, server.address, { ca: token }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'ERR_SWARM_NOT_A_MANAGER', target: server.address });
});

test('[V26] after a restart with another store the contents are those of that store', async () => {
  const path = join(opened.folder(), 'store.sock');
  const first = await serve(await filled(), path);
  const swarm = await follow(first.address);
  await first.close();
  const other = new MemoryStore({ history: 10 });
  await other.update((tx) => {
    tx.clusters.create({ id: 'c2', spec: { annotations: { name: 'default' } } });
    tx.tasks.create({ id: 'only' });
  });
  await serve(other, path);
  await untilEqual(other, swarm);
  expect(swarm.store.save().tasks.map(({ id }) => id)).toEqual(['only']);
});
