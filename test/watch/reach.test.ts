import { expect, test } from '@jest/globals';
import { MemoryStore, and, byId, byIdPrefix, byName, byNodeId, byServiceId, bySlot, or } from 'swarmstate';
import type { By } from 'swarmstate';

const many = 10_000;

/** Makes the finder of the n-th watcher. A watcher is asked only about changes with its keys. */
const finders: [string, (n: number) => By<'task'>][] = [
  ['byNodeId', (n) => byNodeId(`node-${n}`)],
  ['bySlot', (n) => bySlot('web', n)],
  ['byName', (n) => byName(`Web.${n}.t${n}`)],
  ['or', (n) => or(byNodeId(`node-${n}`), byId(`t${n}`), byServiceId(`service-${n}`))],
  ['and', (n) => and(byIdPrefix('t'), byNodeId(`node-${n}`), byServiceId('web'))],
];

test.each(finders)(
  '[W24][W7] a change asks only the checks of the watchers on its keys, among ten thousand (%s)',
  async (_name, by) => {
    const store = new MemoryStore();
    await store.update((tx) => {
      for (const n of [7, 8]) {
        tx.tasks.create({
          id: `t${n}`,
          nodeId: `node-${n}`,
          serviceId: 'web',
          slot: n,
          serviceAnnotations: { name: 'web' },
        });
      }
    });
    const calls: number[] = [];
    for (let n = 0; n < many; n += 1) {
      store.watch({ events: [{ kind: 'task', by: by(n), check: () => calls.push(n) > 0 }] });
    }
    await store.update((tx) => tx.tasks.modify('t7', (draft) => Object.assign(draft, { desiredState: 512 })));
    expect(calls).toEqual([7]);
    await store.update((tx) => tx.tasks.create({ id: 'elsewhere', nodeId: 'elsewhere', serviceId: 'elsewhere' }));
    expect(calls).toEqual([7]);
    await store.update((tx) => tx.tasks.modify('t8', (draft) => Object.assign(draft, { nodeId: 'node-9', slot: 9 })));
    // The change reaches the watchers on the old key, and those on the new key where it differs.
    expect(new Set(calls)).toEqual(new Set([7, 8, ...(_name === 'byName' ? [] : [9])]));
  },
);

test('[W24] a change reaches watchers of its id and of its whole kind, and no watchers of other kinds', async () => {
  const store = new MemoryStore();
  let calls = 0;
  const check = (): boolean => {
    calls += 1;
    return false;
  };
  for (let n = 0; n < many; n += 1) {
    store.watch({
      events: [
        { kind: 'node', check },
        { kind: 'task', by: byId(`t${n}`), check },
      ],
    });
  }
  await store.update((tx) => tx.tasks.create({ id: 't3' }));
  expect(calls).toBe(1);
  await store.update((tx) => tx.services.create({ id: 's' }));
  expect(calls).toBe(1);
  await store.update((tx) => tx.nodes.create({ id: 'n' }));
  expect(calls).toBe(1 + many);
});

test('[W5] a finder that finds by an id or by a prefix selects what it finds and nothing else', async () => {
  const store = new MemoryStore();
  const watchers = [
    or(byId('a'), byIdPrefix('b')),
    or(byIdPrefix('b'), byId('a')),
    or(or(byIdPrefix('b')), or(byId('a'))),
    and(or(byId('a'), byIdPrefix('b')), or(byIdPrefix('b'), byId('a'), byId('c'))),
  ].map((by) => store.watch({ events: [{ kind: 'task', by }] }));
  await store.update((tx) => {
    for (const id of ['a', 'b1', 'c', 'd']) tx.tasks.create({ id });
  });
  await store.close();
  for (const watcher of watchers) {
    const ids: string[] = [];
    for await (const event of watcher) if (event.action !== 'commit') ids.push(event.object.id);
    expect(ids).toEqual(['a', 'b1']);
  }
});
