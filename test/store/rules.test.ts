import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all, byKind, byName } from 'swarmstate';
import type { Tx } from 'swarmstate';
import { ids, rejected, thrown } from '../support/store-helpers.ts';

/** Runs one transaction on a new store. */
async function inTransaction(work: (tx: Tx) => void): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.update(work);
  return store;
}

const named = (name: string): { spec: { annotations: { name: string } } } => ({ spec: { annotations: { name } } });
const labelled = (name: string): { annotations: { name: string } } => ({ annotations: { name } });

describe('unique names', () => {
  test.each(['cluster', 'config', 'network', 'secret', 'service'] as const)(
    '[R1][R3] the name of every %s is unique, without case',
    async (kind) => {
      await inTransaction((tx) => {
        const table = tx.table(kind);
        table.create({ id: '1', ...named('Web') });
        const error = thrown(() => table.create({ id: '2', ...named('wEB') }), 'ERR_NAME_CONFLICT');
        expect(error).toMatchObject({ kind, id: '2', conflictingName: 'wEB', holder: '1' });
        expect(error.message).toContain(`${kind} 1 has the name 'Web' already`);
        // The name comes before existence.
        thrown(() => table.create({ id: '1', ...named('web') }), 'ERR_NAME_CONFLICT');
        thrown(() => table.create({ id: '1', ...named('other') }), 'ERR_EXIST');
        table.create({ id: '3' });
        expect(thrown(() => table.create({ id: '4' }), 'ERR_NAME_CONFLICT')).toMatchObject({
          conflictingName: '',
          holder: '3',
        });
      });
    },
  );

  test('[R1] names of volumes, extensions and resources are unique too', async () => {
    await inTransaction((tx) => {
      const volume = (id: string, name: string): void => {
        tx.volumes.create({ id, spec: { annotations: { name }, driver: { name: 'csi' } } });
      };
      volume('v1', 'data');
      thrown(() => {
        volume('v2', 'DATA');
      }, 'ERR_NAME_CONFLICT');
      tx.extensions.create({ id: 'e1', ...labelled('Cat') });
      tx.extensions.create({ id: 'e2', ...labelled('Dog') });
      thrown(() => tx.extensions.create({ id: 'e3', ...labelled('cat') }), 'ERR_NAME_CONFLICT');
      tx.resources.create({ id: 'r1', kind: 'Cat', ...labelled('tom') });
      thrown(() => tx.resources.create({ id: 'r2', kind: 'Dog', ...labelled('TOM') }), 'ERR_NAME_CONFLICT');
    });
  });

  test('[R2] names of nodes and tasks may repeat', async () => {
    const store = await inTransaction((tx) => {
      tx.nodes.create({ id: 'n1', description: { hostname: 'same' } });
      tx.nodes.create({ id: 'n2', description: { hostname: 'same' } });
      tx.tasks.create({ id: 't1', ...labelled('same') });
      tx.tasks.create({ id: 't2', ...labelled('same') });
    });
    expect(store.view((tx) => [tx.nodes.count(byName('SAME')), tx.tasks.count(byName('Same'))])).toEqual([2, 2]);
  });

  test('[R4][R5] update checks the name before existence, and an object’s own name is free for it', async () => {
    await inTransaction((tx) => {
      tx.services.create({ id: '1', ...named('one') });
      tx.services.create({ id: '2', ...named('two') });
      thrown(() => tx.services.update({ id: '9', ...named('ONE') }), 'ERR_NAME_CONFLICT');
      thrown(() => tx.services.update({ id: '9', ...named('nine') }), 'ERR_NOT_EXIST');
      thrown(() => tx.services.update({ id: '2', ...named('One') }), 'ERR_NAME_CONFLICT');
      thrown(
        () =>
          tx.services.modify('2', (draft) => {
            draft.spec.annotations.name = 'ONE';
          }),
        'ERR_NAME_CONFLICT',
      );
      expect(tx.services.update({ id: '2', ...named('TWO') }).spec.annotations.name).toBe('TWO');
      tx.services.update({ id: '1', ...named('three') });
      expect(ids(tx.services.find(byName('one')))).toEqual([]);
      tx.services.create({ id: '3', ...named('one') });
      tx.services.delete('3');
      tx.services.update({ id: '2', ...named('one') });
    });
  });

  test('[R5] a name that a replay gave to several objects is kept by each, and is still taken', async () => {
    const store = new MemoryStore();
    await store.restore({
      services: [
        { id: '1', ...named('web') },
        { id: '2', ...named('WEB') },
      ],
    });
    await store.update((tx) => {
      tx.services.update({ id: '2', ...named('Web'), pendingDelete: true });
      thrown(() => tx.services.create({ id: '3', ...named('web') }), 'ERR_NAME_CONFLICT');
      tx.services.update({ id: '2', ...named('other') });
      thrown(() => tx.services.update({ id: '2', ...named('web') }), 'ERR_NAME_CONFLICT');
    });
  });
});

describe('extensions and resources', () => {
  test('[R6] the names of the ten kinds are reserved', async () => {
    await inTransaction((tx) => {
      for (const name of ['node', 'Node', 'TASK', 'volume', 'Extension']) {
        expect(
          thrown(() => tx.extensions.create({ id: 'e', ...labelled(name) }), 'ERR_NAME_CONFLICT')['holder'],
        ).toBeUndefined();
      }
      tx.extensions.create({ id: 'e', ...labelled('nodes') });
    });
  });

  test('[R7] an update of an extension is refused', async () => {
    await inTransaction((tx) => {
      tx.extensions.create({ id: 'e1', ...labelled('cat') });
      thrown(() => tx.extensions.update({ id: 'e1', ...labelled('cat') }), 'ERR_EXTENSION_IMMUTABLE');
      thrown(() => tx.extensions.update({ id: 'unknown' }), 'ERR_EXTENSION_IMMUTABLE');
      thrown(() => tx.extensions.modify('e1', () => undefined), 'ERR_EXTENSION_IMMUTABLE');
      thrown(() => tx.extensions.update({ id: '' }), 'ERR_INVALID_OBJECT');
    });
  });

  test('[R8] an extension cannot be deleted while resources of its kind exist', async () => {
    await inTransaction((tx) => {
      tx.extensions.create({ id: 'e1', ...labelled('Cat') });
      tx.resources.create({ id: 'r1', kind: 'CAT', ...labelled('tom') });
      const error = thrown(() => {
        tx.extensions.delete('e1');
      }, 'ERR_EXTENSION_IN_USE');
      expect(error).toMatchObject({ id: 'e1', resourceIds: ['r1'] });
      thrown(() => {
        tx.extensions.delete('e2');
      }, 'ERR_NOT_EXIST');
      tx.resources.delete('r1');
      tx.extensions.delete('e1');
      expect(tx.extensions.count(all)).toBe(0);
    });
  });

  test('[R9][R10] a resource needs a registered kind, which is checked before everything else', async () => {
    await inTransaction((tx) => {
      thrown(() => tx.resources.create({ id: 'r1', kind: 'cat' }), 'ERR_NO_KIND');
      tx.extensions.create({ id: 'e1', ...labelled('Cat') });
      tx.resources.create({ id: 'r1', kind: 'cat', ...labelled('tom') });
      tx.resources.create({ id: 'r2', kind: 'CAT', ...labelled('kitty') });
      // create: kind, name, existence
      expect(
        thrown(() => tx.resources.create({ id: 'r1', kind: 'dog', ...labelled('tom') }), 'ERR_NO_KIND'),
      ).toMatchObject({
        resourceKind: 'dog',
      });
      thrown(() => tx.resources.create({ id: 'r1', kind: 'cat', ...labelled('TOM') }), 'ERR_NAME_CONFLICT');
      thrown(() => tx.resources.create({ id: 'r1', kind: 'cat', ...labelled('new') }), 'ERR_EXIST');
      // update: kind, existence, name
      thrown(() => tx.resources.update({ id: 'r9', kind: 'dog', ...labelled('tom') }), 'ERR_NO_KIND');
      thrown(() => tx.resources.update({ id: 'r9', kind: 'cat', ...labelled('tom') }), 'ERR_NOT_EXIST');
      thrown(() => tx.resources.update({ id: 'r2', kind: 'cat', ...labelled('Tom') }), 'ERR_NAME_CONFLICT');
      tx.resources.update({ id: 'r2', kind: 'cat', ...labelled('kitty') });
      expect(ids(tx.resources.find(byKind('cat')))).toEqual(['r1', 'r2']);
    });
  });
});

describe('volumes and the rest', () => {
  test('[R11] a volume without a driver is refused', async () => {
    const store = new MemoryStore();
    const error = await rejected(
      store.update((tx) => tx.volumes.create({ id: 'v1', ...named('data') })),
      'ERR_INVALID_OBJECT',
    );
    expect(error['path']).toEqual(['spec', 'driver']);
    await store.update((tx) => {
      tx.volumes.create({ id: 'v1', spec: { annotations: { name: 'data' }, driver: { name: 'csi' } } });
      thrown(() => tx.volumes.create({ id: 'v2', ...named('DATA') }), 'ERR_NAME_CONFLICT');
      thrown(() => tx.volumes.create({ id: 'v1', ...named('other') }), 'ERR_EXIST');
      thrown(() => tx.volumes.update({ id: 'v1', ...named('data') }), 'ERR_INVALID_OBJECT');
      thrown(() => tx.volumes.update({ id: 'v9', ...named('other') }), 'ERR_NOT_EXIST');
      expect(tx.volumes.get('v1')?.spec.driver?.name).toBe('csi');
    });
  });

  test('[R12] an object that others refer to can be deleted', async () => {
    const store = await inTransaction((tx) => {
      tx.networks.create({ id: 'net', ...named('net') });
      tx.secrets.create({ id: 'sec', ...named('sec') });
      tx.services.create({
        id: 'svc',
        spec: {
          annotations: { name: 'svc' },
          task: { networks: [{ target: 'net' }], container: { secrets: [{ secretId: 'sec' }] } },
        },
      });
      tx.networks.delete('net');
      tx.secrets.delete('sec');
    });
    expect(store.stats().rows).toMatchObject({ networks: 0, secrets: 0, services: 1 });
  });
});
