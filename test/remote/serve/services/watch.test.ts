import { afterEach, expect, test } from '@jest/globals';
import { MemoryStore, NodeRole } from 'swarmstate';
import type { Tx } from 'swarmstate';
import { WatchActionKind, WatchMessage, WatchRequest } from 'swarmstate/proto';
import type { WatchRequestInput } from 'swarmstate/proto';
import { serveSwarm } from 'swarmstate/remote';
import type { ServeSwarmOptions } from 'swarmstate/remote';
import { Opened } from '../support/serving.ts';
import type { RawClient } from '../support/raw-client.ts';

const opened = new Opened();
afterEach(() => opened.close());

const PATH = '/docker.swarmkit.v1.Watch/Watch';
const ALL = 7 as WatchActionKind;

interface Watch {
  /** Changes the store, and gives the next message. */
  after(change: (tx: Tx) => unknown): Promise<WatchMessage>;
  next(): Promise<WatchMessage>;
  cancel(): void;
}

async function serve(store: MemoryStore, options: Partial<ServeSwarmOptions> = {}): Promise<RawClient> {
  const server = opened.add(await serveSwarm(store, { listen: '127.0.0.1:0', ...options }));
  return opened.client(server.address);
}

async function watch(store: MemoryStore, client: RawClient, request: WatchRequestInput): Promise<Watch> {
  const stream = client.stream(PATH, WatchRequest.encode(request));
  stream.on('error', () => undefined);
  const messages = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const next = async (): Promise<WatchMessage> => {
    const read = await messages.next();
    return WatchMessage.decode(read.value as Buffer);
  };
  expect(await next()).toEqual(WatchMessage.from({}));
  return {
    next,
    after: async (change) => {
      await store.update((tx) => void change(tx));
      return next();
    },
    cancel: () => stream.cancel(),
  };
}

const actionNames: Readonly<Record<number, string>> = { 1: 'CREATE', 2: 'UPDATE', 4: 'REMOVE' };
const told = ({ events }: WatchMessage): string =>
  events
    .map(({ action, object }) => {
      const [kind, value] = Object.entries(object ?? {}).find(([, given]) => given !== undefined) ?? [];
      return `${actionNames[action] ?? action} ${String(kind)} ${(value as { id: string }).id}`;
    })
    .join(', ');

const task = (id: string, more: object = {}) => ({ id, serviceAnnotations: { name: 'web' }, ...more });

test('[V14] each commit with selected events is one message, and other commits are none', async () => {
  const store = new MemoryStore();
  const client = await serve(store);
  const tasks = await watch(store, client, { entries: [{ kind: 'task', action: ALL }] });
  await store.update((tx) => tx.nodes.create({ id: 'n1' }));
  expect(
    told(
      await tasks.after((tx) => [tx.tasks.create({ id: 'a' }), tx.nodes.delete('n1'), tx.tasks.create({ id: 'b' })]),
    ),
  ).toBe('CREATE task a, CREATE task b');
  expect(
    told(
      await tasks.after((tx) => [
        tx.tasks.modify('a', (draft) => {
          draft.slot = 2;
        }),
        tx.tasks.delete('b'),
      ]),
    ),
  ).toBe('UPDATE task a, REMOVE task b');
  const removed = await watch(store, client, { entries: [{ kind: 'task', action: WatchActionKind.REMOVE }] });
  await store.update((tx) => tx.tasks.create({ id: 'c' }));
  expect(told(await removed.after((tx) => tx.tasks.delete('c')))).toBe('REMOVE task c');
});

test('[V15] messages have the version of their commit, and old objects where they are asked for', async () => {
  const store = new MemoryStore({ history: 10 });
  const client = await serve(store);
  const entries = [{ kind: 'task', action: ALL }];
  const plain = await watch(store, client, { entries });
  const old = await watch(store, client, { entries, includeOldObject: true });
  await plain.after((tx) => tx.tasks.create({ id: 'a', slot: 1 }));
  await old.next();
  const slots = ({ events, version }: WatchMessage): unknown[] => [
    version?.index,
    events[0]?.object?.task?.slot,
    events[0]?.oldObject?.task?.slot,
  ];
  const message = await plain.after((tx) =>
    tx.tasks.modify('a', (draft) => {
      draft.slot = 2;
    }),
  );
  const { index } = store.version ?? {};
  expect(slots(message)).toEqual([index, 2, undefined]);
  expect(slots(await old.next())).toEqual([index, 2, 1]);
  const unnumbered = new MemoryStore();
  const without = await watch(unnumbered, await serve(unnumbered), { entries });
  expect((await without.after((tx) => tx.tasks.create({ id: 'a' }))).version).toBeUndefined();
});

test('[V16] a watch resumes after a version without a gap; a lost past has swarmkit’s status text', async () => {
  const store = new MemoryStore({ history: 3 });
  const client = await serve(store);
  const entries = [{ kind: 'task', action: ALL }];
  const indexes: number[] = [];
  for (const id of ['a', 'b', 'c', 'd']) {
    await store.update((tx) => tx.tasks.create({ id }));
    indexes.push(store.version?.index ?? 0);
  }
  const resumed = await watch(store, client, { entries, resumeFrom: { index: indexes[1] } });
  expect([told(await resumed.next()), told(await resumed.next())]).toEqual(['CREATE task c', 'CREATE task d']);
  expect(told(await resumed.after((tx) => tx.tasks.create({ id: 'e' })))).toBe('CREATE task e');
  const failure = async (from: number, of = client): Promise<unknown> => {
    const { code, details } = await of.call(PATH, WatchRequest.encode({ entries, resumeFrom: { index: from } }));
    return [code, details];
  };
  expect(await failure(0)).toEqual([2, 'requested index is unavailable due to compaction']);
  expect(await failure(2 ** 52)).toEqual([2, 'versions are out of order']);
  const unnumbered = new MemoryStore();
  expect(await failure(0, await serve(unnumbered))).toEqual([2, 'store does not support versioning']);
});

test.each([
  ['no kind', [{ kind: '', action: ALL }], 'no kind of object specified'],
  ['no action', [{ kind: 'node', action: 8 as WatchActionKind }], 'unrecognized action'],
  [
    'a filter twice',
    [{ kind: 'node', action: ALL, filters: [{ id: '' }, { idPrefix: 'a' }] }],
    'conflicting filters specified',
  ],
  [
    'a slot of two services',
    [{ kind: 'task', action: ALL, filters: [{ serviceId: 'a' }, { slot: { serviceId: 'b', slot: 1 } }] }],
    'conflicting filters specified',
  ],
  [
    'a filter of another kind',
    [{ kind: 'node', action: ALL, filters: [{ serviceId: 'a' }] }],
    'objects of the kind node have no filter serviceId',
  ],
  ['an empty filter', [{ kind: 'node', action: ALL, filters: [{}] }], 'a filter has no condition'],
] as const)('[V18] a request with %s is refused', async (_, entries, text) => {
  const client = await serve(new MemoryStore());
  const { code, details } = await client.call(PATH, WatchRequest.encode({ entries }));
  expect([code, details]).toEqual([3, text]);
});

test('[V17] filters select as finders do: names of tasks, slots, objects that leave the selection', async () => {
  const store = new MemoryStore();
  const client = await serve(store);
  const slot = await watch(store, client, {
    entries: [{ kind: 'task', action: ALL, filters: [{ slot: { serviceId: 's', slot: 1 } }] }],
  });
  const node = await watch(store, client, { entries: [{ kind: 'task', action: ALL, filters: [{ nodeId: 'n1' }] }] });
  const named = await watch(store, client, {
    entries: [{ kind: 'task', action: ALL, filters: [{ namePrefix: 'web.1.' }] }],
  });
  await store.update((tx) =>
    tx.tasks.create(task('other', { serviceId: 't', slot: 1, serviceAnnotations: { name: 'x' } })),
  );
  expect(told(await slot.after((tx) => tx.tasks.create(task('a', { serviceId: 's', slot: 1, nodeId: 'n1' }))))).toBe(
    'CREATE task a',
  );
  expect([told(await node.next()), told(await named.next())]).toEqual(['CREATE task a', 'CREATE task a']);
  expect(
    told(
      await node.after((tx) =>
        tx.tasks.modify('a', (draft) => {
          draft.nodeId = 'n2';
        }),
      ),
    ),
  ).toBe('UPDATE task a');
  await store.update((tx) =>
    tx.tasks.modify('a', (draft) => {
      draft.slot = 3;
    }),
  );
  expect(told(await node.after((tx) => tx.tasks.create(task('b', { nodeId: 'n1' }))))).toBe('CREATE task b');
  const roles = await watch(store, client, {
    entries: [
      { kind: 'node', action: ALL, filters: [{ role: NodeRole.MANAGER }] },
      { kind: 'node', action: ALL, filters: [{ name: 'h' }] },
    ],
  });
  await store.update((tx) => tx.nodes.create({ id: 'worker' }));
  expect(
    told(
      await roles.after((tx) => tx.nodes.create({ id: 'm', role: NodeRole.MANAGER, description: { hostname: 'h' } })),
    ),
  ).toBe('CREATE node m');
});

test('[V19] names are compared with case, unless foldNames', async () => {
  const entries = [{ kind: 'service', action: ALL, filters: [{ name: 'Web' }] }];
  const service = (id: string, name: string) => ({ id, spec: { annotations: { name } } });
  const store = new MemoryStore();
  const exact = await watch(store, await serve(store), { entries });
  const folded = await watch(store, await serve(store, { foldNames: true }), { entries });
  expect(told(await folded.after((tx) => tx.services.create(service('a', 'web'))))).toBe('CREATE service a');
  await store.update((tx) => tx.services.delete('a'));
  expect(told(await exact.after((tx) => tx.services.create(service('b', 'Web'))))).toBe('CREATE service b');
});

test('[V17] a kind that is none of the ten watches resources of that kind', async () => {
  const store = new MemoryStore();
  await store.update((tx) => {
    for (const name of ['one', 'two']) tx.extensions.create({ id: name, annotations: { name } });
  });
  const ones = await watch(store, await serve(store), { entries: [{ kind: 'one', action: ALL }] });
  const resource = (id: string, kind: string) => ({ id, kind, annotations: { name: id } });
  await store.update((tx) => tx.resources.create(resource('r2', 'two')));
  expect(told(await ones.after((tx) => tx.resources.create(resource('r1', 'one'))))).toBe('CREATE resource r1');
});

test('[V20] no secret comes to a peer without the right, neither in objects nor in old ones', async () => {
  const canary = 'canary-7f3a';
  const store = new MemoryStore();
  const entries = ['secret', 'cluster', 'service'].map((kind) => ({ kind, action: ALL }));
  const client = await serve(store);
  const holder = await serve(store, { authorize: () => 'secrets' });
  const seen = async (of: RawClient): Promise<string> => {
    const watching = await watch(store, of, { entries, includeOldObject: true });
    const bytes = [
      await watching.after((tx) => {
        tx.secrets.create({ id: 's', spec: { annotations: { name: 's' }, data: Buffer.from(canary) } });
        tx.clusters.create({
          id: 'c',
          spec: { annotations: { name: 'default' }, caConfig: { signingCaKey: Buffer.from(canary) } },
          rootCa: { caKey: Buffer.from(canary), joinTokens: { worker: canary, manager: canary } },
          unlockKeys: [{ key: Buffer.from(canary) }],
        });
        tx.services.create({
          id: 'v',
          spec: { annotations: { name: 'v' }, task: { container: { pullOptions: { registryAuth: canary } } } },
        });
      }),
      await watching.after((tx) => {
        tx.secrets.update({ id: 's', spec: { annotations: { name: 's' }, data: Buffer.from(`${canary}2`) } });
        tx.clusters.delete('c');
        tx.services.delete('v');
      }),
      await watching.after((tx) => tx.secrets.delete('s')),
    ];
    watching.cancel();
    return bytes.map((message) => Buffer.from(WatchMessage.encode(message)).toString('latin1')).join();
  };
  expect(await seen(holder)).toContain(canary);
  expect(await seen(client)).not.toContain(canary);
});

test('[V8] a watch whose reader does not read ends with a reason beyond its limit of events', async () => {
  const store = new MemoryStore();
  const client = await serve(store, { limits: { watcherEvents: 50 } });
  const stream = client.stream(PATH, WatchRequest.encode({ entries: [{ kind: 'node', action: ALL }] }));
  const status = new Promise((resolve) => stream.on('status', resolve));
  stream.on('error', () => undefined);
  await new Promise((resolve) => stream.once('data', resolve));
  stream.pause();
  const labels = { text: 'x'.repeat(50_000) };
  for (let id = 0; id < 400; id += 1) {
    await store.update((tx) => tx.nodes.create({ id: `n${id}`, spec: { annotations: { labels } } }));
    if (id % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  stream.resume();
  expect(await status).toMatchObject({ code: 8, details: expect.stringMatching(/reader is too slow/) });
});

test('[V29] a watch ends when the store closes, and one without entries says only that it stands', async () => {
  const store = new MemoryStore();
  const client = await serve(store);
  const none = await watch(store, client, {});
  const ended = client.call(PATH, WatchRequest.encode({ entries: [{ kind: 'node', action: ALL }] }));
  await watch(store, client, { entries: [{ kind: 'node', action: ALL }] });
  await store.close();
  expect(await ended).toMatchObject({ code: 14, details: 'the store was closed' });
  none.cancel();
});
