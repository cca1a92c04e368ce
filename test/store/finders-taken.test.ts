import { describe, expect, test } from '@jest/globals';
import {
  MemoryStore,
  TaskState,
  all,
  and,
  byCustom,
  byCustomPrefix,
  byDesiredState,
  byDriver,
  byId,
  byIdPrefix,
  byKind,
  byMembership,
  byName,
  byNamePrefix,
  byNodeId,
  byReferencedConfigId,
  byReferencedNetworkId,
  byReferencedSecretId,
  byRole,
  byRuntime,
  byServiceId,
  bySlot,
  byTaskState,
  byVolumeAttachment,
  byVolumeGroup,
  matches,
  or,
  NodeRole,
  NodeSpecMembership,
} from 'swarmstate';
import type { By, Kind } from 'swarmstate';
import { thrown } from '../support/store-helpers.ts';

describe('which finders a table takes', () => {
  const perKind = {
    byName: byName('x'),
    byNamePrefix: byNamePrefix('x'),
    byRuntime: byRuntime('x'),
    byServiceId: byServiceId('x'),
    byNodeId: byNodeId('x'),
    bySlot: bySlot('x', 1),
    byDesiredState: byDesiredState(TaskState.NEW),
    byTaskState: byTaskState(TaskState.NEW),
    byRole: byRole(NodeRole.WORKER),
    byMembership: byMembership(NodeSpecMembership.PENDING),
    byReferencedNetworkId: byReferencedNetworkId('x'),
    byReferencedSecretId: byReferencedSecretId('x'),
    byReferencedConfigId: byReferencedConfigId('x'),
    byVolumeAttachment: byVolumeAttachment('x'),
    byKind: byKind('x'),
    byVolumeGroup: byVolumeGroup('x'),
    byDriver: byDriver('x'),
    byCustom: byCustom('x', 'y'),
    byCustomPrefix: byCustomPrefix('x', 'y'),
  };
  const common = ['byName', 'byNamePrefix', 'byCustom', 'byCustomPrefix'];
  const references = ['byRuntime', 'byReferencedNetworkId', 'byReferencedSecretId', 'byReferencedConfigId'];
  const taken: Record<Kind, string[]> = {
    cluster: common,
    config: common,
    network: common,
    secret: common,
    extension: ['byName', 'byCustom', 'byCustomPrefix'],
    resource: [...common, 'byKind'],
    node: [...common, 'byRole', 'byMembership'],
    service: [...common, ...references],
    task: [
      ...common,
      ...references,
      'byDesiredState',
      'byTaskState',
      'byNodeId',
      'byServiceId',
      'bySlot',
      'byVolumeAttachment',
    ],
    volume: [...common, 'byVolumeGroup', 'byDriver'],
  };

  test.each(Object.entries(taken))('[I1] the table of kind %s takes its own finders and no others', (kind, names) => {
    const store = new MemoryStore();
    store.view((tx) => {
      const table = tx.table(kind as Kind);
      for (const by of [all, or(), and(), byId('x'), byIdPrefix('x')]) expect(table.find(by)).toEqual([]);
      for (const [name, by] of Object.entries(perKind)) {
        const finder = by as unknown as By<Kind>;
        if (names.includes(name)) {
          expect(table.find(finder)).toEqual([]);
          continue;
        }
        expect(thrown(() => table.find(finder), 'ERR_INVALID_FIND_BY')).toMatchObject({ kind, finder: name });
        thrown(() => table.find(or(all, or(finder))), 'ERR_INVALID_FIND_BY');
        thrown(() => table.find(and(byId('none'), finder)), 'ERR_INVALID_FIND_BY');
        thrown(() => table.count(finder), 'ERR_INVALID_FIND_BY');
        thrown(() => table.iterate(finder), 'ERR_INVALID_FIND_BY');
      }
    });
  });

  test('[I2] a value that is no finder is ERR_INVALID_FIND_BY', () => {
    const store = new MemoryStore();
    for (const by of [undefined, null, 'all', {}, { by: 'all' }, () => true]) {
      store.view((tx) => {
        thrown(() => tx.nodes.find(by as never), 'ERR_INVALID_FIND_BY');
        thrown(() => tx.nodes.count(by as never), 'ERR_INVALID_FIND_BY');
        thrown(() => tx.nodes.iterate(by as never), 'ERR_INVALID_FIND_BY');
      });
      thrown(() => or(all, by as never), 'ERR_INVALID_FIND_BY');
    }
    thrown(() => byName(undefined as never), 'ERR_INVALID_FIND_BY');
    thrown(() => byNodeId(5 as never), 'ERR_INVALID_FIND_BY');
    thrown(() => bySlot('s', '1' as never), 'ERR_INVALID_FIND_BY');
    thrown(() => byTaskState('RUNNING' as never), 'ERR_INVALID_FIND_BY');
  });

  test('[I23] an unknown kind is refused with the names of the kinds', () => {
    const store = new MemoryStore();
    const error = store.view((tx) => thrown(() => tx.table('tasks' as never), 'ERR_INVALID_FIND_BY'));
    expect(error.message).toContain('volume');
    thrown(() => matches(all, '__proto__' as never, {} as never), 'ERR_INVALID_FIND_BY');
  });
});
