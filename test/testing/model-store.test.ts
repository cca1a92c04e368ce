import { expect, test } from '@jest/globals';
import { MemoryStore, byName } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { ModelStore } from 'swarmstate/testing';

test('[K8] the model does what the store does, synchronously and slowly', async () => {
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
