import { expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { followQuickly, caughtUp, Serving } from './support/serving.ts';

const canary = 'canary-7c1f';

async function storeWithSecrets(): Promise<MemoryStore> {
  const store = new MemoryStore({ history: 100 });
  await store.update((tx) => {
    tx.secrets.create({ id: 's1', spec: { annotations: { name: 'db' }, data: Buffer.from(canary) } });
    tx.clusters.create({ id: 'c1', rootCa: { joinTokens: { worker: canary, manager: canary } } });
    tx.nodes.create({ id: 'n1' });
  });
  return store;
}

/** Everything that a client is sent until its stream ends. */
async function everyByte(serving: Serving, query = ''): Promise<string> {
  const answer = await fetch(`${serving.url}${query}`);
  return answer.text();
}

test('[N6] secrets are emptied in contents, commits and old objects, unless the right to them is given', async () => {
  const store = await storeWithSecrets();
  const seen: string[] = [];
  for (const access of [true, 'secrets'] as const) {
    await using serving = await Serving.start(store, { authorize: () => access });
    const text = everyByte(serving);
    await using remote = await followQuickly(serving.url);
    await store.update((tx) =>
      tx.secrets.modify('s1', (draft) => {
        draft.spec.annotations.labels = { ...draft.spec.annotations.labels, [String(access)]: 'x' };
      }),
    );
    await caughtUp(remote, store);
    const data = remote.store.view((tx) => tx.secrets.get('s1'))?.spec.data ?? new Uint8Array();
    expect(Buffer.from(data).toString()).toBe(access === 'secrets' ? canary : '');
    serving.events.close();
    seen.push(await text);
  }
  const encoded = Buffer.from(canary).toString('base64');
  expect(seen[0]).not.toContain(canary);
  expect(seen[0]).not.toContain(encoded);
  expect(seen[0]).toContain('event: commit');
  expect(seen[1]).toContain(canary);
  expect(seen[1]!.split(encoded)).toHaveLength(4);
});

test('[N7] a client sees the tables that server, right and query share, and extensions with resources', async () => {
  const store = await storeWithSecrets();
  await using serving = await Serving.start(store, {
    tables: ['node', 'task', 'resource', 'secret'],
    authorize: () => ({ tables: ['node', 'task', 'resource'] }),
  });
  await using remote = await followQuickly(serving.url, { tables: ['node', 'resource', 'cluster'] });
  await store.update((tx) => {
    tx.extensions.create({ id: 'e1', annotations: { name: 'backup' } });
    tx.resources.create({ id: 'r1', kind: 'backup' });
    tx.tasks.create({ id: 't1' });
    tx.secrets.create({ id: 's2', spec: { annotations: { name: 'other' } } });
  });
  await caughtUp(remote, store);
  const { nodes, extensions, resources, ...others } = remote.store.save();
  expect([nodes, extensions, resources].map(({ length }) => length)).toEqual([1, 1, 1]);
  expect(Object.values(others).flat()).toEqual([]);
  const unknown = await fetch(`${serving.url}?tables=node,toString`);
  expect(unknown.status).toBe(400);
});

test('[N7] a client that comes back with other rights gets the contents anew', async () => {
  const store = await storeWithSecrets();
  let access: true | 'secrets' = 'secrets';
  const first = await Serving.start(store, { authorize: () => access });
  await using remote = await followQuickly(first.url);
  const { port } = first;
  access = true;
  await first[Symbol.asyncDispose]();
  await using _again = await Serving.start(store, { authorize: () => access }, port);
  const watcher = remote.store.watch();
  const { value } = await watcher.commits().next();
  expect(value?.reset).toBe(true);
  expect(remote.store.view((tx) => tx.secrets.get('s1'))?.spec.data).toHaveLength(0);
});

test('[N5] a hook that throws, or gives another value than a right, refuses', async () => {
  const store = await storeWithSecrets();
  const wrong: unknown[] = [undefined, null, 1, 'all', { redact: 'none' }, { tables: ['x'] }, false];
  for (const access of wrong) {
    await using serving = await Serving.start(store, { authorize: () => access as boolean });
    expect((await fetch(serving.url)).status).toBe(403);
  }
  await using serving = await Serving.start(store, {
    authorize: () => {
      throw new Error(canary);
    },
  });
  const answer = await fetch(serving.url);
  expect(answer.status).toBe(403);
  expect(await answer.text()).not.toContain(canary);
});
