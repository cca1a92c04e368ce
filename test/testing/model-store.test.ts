import { expect, test } from '@jest/globals';
import { MemoryStore, byName, byNodeId, describeFinder } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { ModelStore } from 'swarmstate/testing';
import type { Query } from 'swarmstate/testing';

test('[K8] a ModelStore has the results, errors, contents and commits of a MemoryStore', async () => {
  const store = new MemoryStore();
  const model = new ModelStore();
  const service = { id: 's1', spec: { annotations: { name: 'Web' } } };
  expect(model.update((tx) => tx.services.create(service))).toEqual(
    await store.update((tx) => tx.services.create(service)),
  );
  expect(() => model.update((tx) => tx.services.create({ ...service, id: 's2' }))).toThrow(
    expect.objectContaining({ code: 'ERR_NAME_CONFLICT' }),
  );
  expect(model.update((tx) => tx.services.find({ by: 'byName', value: 'web' }))).toEqual(
    store.view((tx) => tx.services.find(byName('web'))),
  );
  expect(StoreSnapshot.encode(model.contents.save())).toEqual(StoreSnapshot.encode(store.save()));
  expect(model.commits.map(({ events }) => events.map(({ action }) => action))).toEqual([['create']]);
});

test('[K8] a ModelStore takes descriptions of finders, and their older form', () => {
  const model = new ModelStore();
  model.update((tx) => ['n1', 'n2'].forEach((nodeId) => void tx.tasks.create({ id: `on-${nodeId}`, nodeId })));
  const found = (query: Query): readonly string[] => model.update((tx) => tx.tasks.find(query).map(({ id }) => id));
  for (const query of [describeFinder(byNodeId('n2')), { by: 'byNodeId', value: 'n2' } as const])
    expect(found(query)).toEqual(['on-n2']);
  const either: readonly Query[] = [
    { by: 'byId', id: 'on-n2' },
    { by: 'byNodeId', value: 'n1' },
  ];
  expect(found({ by: 'or', members: either })).toEqual(['on-n2', 'on-n1']);
});
