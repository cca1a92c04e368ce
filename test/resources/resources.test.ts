import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all, byCustom, byName, byNamePrefix } from 'swarmstate';
import { LocalCache, follow } from 'swarmstate/cache';
import { InternalRaftRequest, Meta, StoreSnapshot } from 'swarmstate/proto';
import { defineResource } from 'swarmstate/resources';
import { ScriptedProposer } from '../support/scripted-proposer.ts';
import { ids, rejected, thrown } from '../support/store-helpers.ts';

interface Backup {
  volume: string;
  hours: number[];
}

const json = <T>() => ({
  encode: (value: T) => new TextEncoder().encode(JSON.stringify(value)),
  decode: (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as T,
});
const backups = defineResource<Backup>({
  kind: 'backup',
  codec: json<Backup>(),
  description: 'When volumes are saved',
  indices: ({ volume, hours }) => ({ volume, hour: hours.map(String) }),
});
const marks = defineResource({ kind: 'mark', codec: Meta, typeUrl: 'docker.swarmkit.v1.Meta' });

async function store(): Promise<MemoryStore> {
  const made = new MemoryStore({ history: 100, firstVersion: 1 });
  await made.update((tx) => {
    backups.register(tx);
    marks.register(tx);
    backups.table(tx).create({ id: 'b1', annotations: { name: 'Nightly' }, value: { volume: 'data', hours: [1, 3] } });
    backups.table(tx).create({ id: 'b2', annotations: { name: 'other' }, value: { volume: 'logs', hours: [3] } });
    marks.table(tx).create({ id: 'm1', annotations: { name: 'a mark' }, value: Meta.from({ version: { index: 7 } }) });
  });
  return made;
}

describe('a defined kind of resource', () => {
  test('[Y29] a defined kind has a typed table, with the finders of resources and its own indexes', async () => {
    const source = await store();
    source.view((tx) => {
      const table = backups.table(tx);
      expect(table.get('b1')).toMatchObject({
        id: 'b1',
        value: { volume: 'data', hours: [1, 3] },
        annotations: { name: 'Nightly' },
      });
      expect([table.get('m1'), table.get('x')]).toEqual([undefined, undefined]);
      expect([ids(table.find()), ids(table.find(byName('NIGHTLY'))), ids(table.find(byNamePrefix('')))]).toEqual([
        ['b1', 'b2'],
        ['b1'],
        ['b1', 'b2'],
      ]);
      expect([ids(table.find(byCustom('volume', 'logs'))), ids(table.find(byCustom('hour', '3')))]).toEqual([
        ['b2'],
        ['b1', 'b2'],
      ]);
      expect([table.count(), table.count(byCustom('hour', '1'))]).toEqual([2, 1]);
      expect(marks.table(tx).find()[0]!.value.version.index).toBe(7);
    });
  });

  test('[Y29] values of a typed resource are decoded once and deeply frozen', async () => {
    const source = await store();
    const [first, second] = source.view((tx) => [backups.table(tx).get('b1')!, backups.table(tx).find()[0]!] as const);
    expect(first).toBe(second);
    expect(first.resource).toBe(source.view((tx) => tx.resources.get('b1')));
    expect(() => first.value.hours.push(5)).toThrow(TypeError);
    expect(() => void (first.value.volume = 'x')).toThrow(TypeError);
  });

  test('[Y30] a typed table updates, modifies and deletes as resources do, and only objects of its kind', async () => {
    const source = await store();
    await source.update((tx) => {
      const table = backups.table(tx);
      table.modify('b1', (value) => void value.hours.push(5));
      table.update({ ...table.get('b2')!, value: { volume: 'data', hours: [] } });
      expect(ids(table.find(byCustom('hour', '5')))).toEqual(['b1']);
      expect(ids(table.find(byCustom('volume', 'data')))).toEqual(['b1', 'b2']);
      expect(table.get('b1')!.annotations.name).toBe('Nightly');
      thrown(() => table.modify('m1', () => undefined), 'ERR_NOT_EXIST');
      thrown(() => table.update({ id: 'm1', value: { volume: '', hours: [] } }), 'ERR_NOT_EXIST');
      thrown(() => table.delete('m1'), 'ERR_NOT_EXIST');
      const late = (value: { hours: number[] }): unknown => Promise.resolve(value);
      thrown(() => table.modify('b1', late), 'ERR_ASYNC_CALLBACK');
      thrown(
        () => table.create({ id: 'b3', annotations: { name: 'nightly' }, value: { volume: '', hours: [] } }),
        'ERR_NAME_CONFLICT',
      );
      table.delete('b2');
    });
    const { version } = source;
    await source.update((tx) => void backups.table(tx).modify('b1', () => undefined));
    await source.update((tx) => void backups.register(tx));
    expect(source.version).toBe(version);
    expect(source.view((tx) => tx.extensions.find(byName('backup'))[0]!.description)).toBe('When volumes are saved');
    await rejected(
      source.update((tx) => tx.extensions.delete(backups.register(tx).id)),
      'ERR_EXTENSION_IN_USE',
    );
    await rejected(
      new MemoryStore().update((tx) => void backups.table(tx).create({ id: 'b', value: { volume: '', hours: [] } })),
      'ERR_NO_KIND',
    );
  });

  test('[Y30] reading a resource with a payload of another type throws ERR_INVALID_OBJECT', async () => {
    const source = await store();
    const resource = await source.update((tx) =>
      tx.resources.create({ id: 'r', kind: 'backup', annotations: { name: 'r' }, payload: { typeUrl: 'x' } }),
    );
    thrown(() => backups.read(resource), 'ERR_INVALID_OBJECT');
    thrown(() => marks.read(source.view((tx) => tx.resources.get('b1')!)), 'ERR_INVALID_OBJECT');
    const empty = defineResource({ kind: 'mark', codec: Meta });
    await source.update((tx) => tx.resources.create({ id: 'bare', kind: 'mark', annotations: { name: 'bare' } }));
    expect(source.view((tx) => empty.table(tx).get('bare')!.value)).toEqual(Meta.from({}));
  });

  test('[Y31] changes of typed resources are watched, followed and cached, and read typed', async () => {
    const source = await store();
    const follower = follow(source, { tables: ['resource'], events: [backups.selector()] });
    const cache = new LocalCache(source, { tables: ['resource'] });
    const told: unknown[] = [];
    follower.on('commit', ({ events }) => {
      for (const event of events) {
        const typed = backups.event(event);
        told.push([typed?.action, typed?.object.value.hours, typed?.oldObject?.value.hours]);
      }
    });
    await source.update((tx) => void backups.table(tx).modify('b1', (value) => void (value.hours = [9])));
    await source.update((tx) => marks.table(tx).delete('m1'));
    await source.update((tx) => backups.table(tx).delete('b1'));
    await Promise.all([follower.waitFor(source.version), cache.waitFor(source.version)]);
    expect(told).toEqual([
      ['update', [9], [1, 3]],
      ['delete', [9], undefined],
    ]);
    expect(
      cache
        .table('resource')
        .find({ kind: 'backup' })
        .map(({ id }) => id),
    ).toEqual(['b2']);
    expect(
      backups.event({
        action: 'create',
        kind: 'node',
        object: await source.update((tx) => tx.nodes.create({ id: 'n' })),
      }),
    ).toBeUndefined();
  });

  test('[Y31] a resource that changes its kind is a create for the new kind and a delete for the old one', async () => {
    const source = await store();
    const follower = follow(source, { tables: ['resource'] });
    const told: unknown[] = [];
    follower.on('commit', ({ events }) => {
      for (const event of events) {
        for (const typed of [backups.event(event), marks.event(event)])
          told.push([typed?.action, typed?.object.id, typed?.oldObject?.id]);
      }
    });
    await source.update((tx) =>
      tx.resources.modify('b1', (draft) => void Object.assign(draft, { kind: 'mark', payload: undefined })),
    );
    await follower.waitFor(source.version);
    expect(told).toEqual([
      ['delete', 'b1', undefined],
      ['create', 'b1', undefined],
    ]);
  });

  test('[Y30] values that a resource’s codec decodes share no bytes with the store', async () => {
    const raw = defineResource<Uint8Array>({
      kind: 'raw',
      codec: { encode: (value) => value, decode: (bytes) => bytes },
    });
    const source = new MemoryStore();
    await source.update((tx) => {
      raw.register(tx);
      raw.table(tx).create({ id: 'r', value: new Uint8Array([1, 2]) });
    });
    const { value, resource } = source.view((tx) => raw.table(tx).get('r')!);
    value[0] = 9;
    expect([...(resource.payload?.value ?? [])]).toEqual([1, 2]);
  });

  test('[Y31] typed resources are saved, restored, proposed and replayed like other objects', async () => {
    const proposer = new ScriptedProposer();
    const leader = new MemoryStore({ proposer });
    await leader.update((tx) => {
      backups.register(tx);
      backups.table(tx).create({ id: 'b1', value: { volume: 'data', hours: [2] } });
    });
    const replayed = new MemoryStore();
    for (const { storeActions } of proposer.log) {
      await replayed.applyStoreActions(
        InternalRaftRequest.decode(InternalRaftRequest.encode({ action: storeActions })).action,
      );
    }
    const restored = new MemoryStore();
    await restored.restore(StoreSnapshot.decode(StoreSnapshot.encode(leader.save())));
    for (const copy of [replayed, restored]) {
      expect(copy.view((tx) => backups.table(tx).find(all)[0]!.value)).toEqual({ volume: 'data', hours: [2] });
    }
  });
});
