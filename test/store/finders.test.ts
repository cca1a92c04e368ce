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
import type { By, Kind, ReadTx, Tx } from 'swarmstate';
import { ids, thrown } from '../support/store-helpers.ts';

async function filled(fill: (tx: Tx) => void): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.update(fill);
  return store;
}

/** The ids that a finder finds in a table; checks on the way that count, iterate and matches agree. */
function found<K extends Kind>(store: MemoryStore, kind: K, by: By<K>): string[] {
  return store.view((tx: ReadTx) => {
    const table = tx.table(kind);
    const objects = table.find(by);
    expect(Object.isFrozen(objects)).toBe(true);
    expect(table.count(by)).toBe(objects.length);
    expect([...table.iterate(by)]).toEqual([...objects]);
    for (const object of table.find(all)) expect(matches(by, kind, object)).toBe(objects.includes(object));
    return ids(objects);
  });
}

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
    task: [...common, ...references, 'byDesiredState', 'byTaskState', 'byNodeId', 'byServiceId', 'bySlot', 'byVolumeAttachment'],
    volume: [...common, 'byVolumeGroup', 'byDriver'],
  };

  test.each(Object.entries(taken))('[I1] %s', (kind, names) => {
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

  test('[I2] what is no finder', () => {
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

  test('[I23] a table that there is not', () => {
    const store = new MemoryStore();
    const error = store.view((tx) => thrown(() => tx.table('tasks' as never), 'ERR_INVALID_FIND_BY'));
    expect(error.message).toContain('volume');
    thrown(() => matches(all, '__proto__' as never, {} as never), 'ERR_INVALID_FIND_BY');
  });
});

describe('order', () => {
  test('[I3] is that of UTF-8 bytes: of the id, of the name and then the id', async () => {
    // In JavaScript's order the emoji (a surrogate pair) would come before U+FFFD and U+E000.
    const names = ['\u{1f600}', '\ufffd', '\ue000', 'z', 'a', 'aa', ''];
    const store = await filled((tx) => {
      for (const name of names) tx.nodes.create({ id: `id-${name}`, description: { hostname: name } });
      tx.nodes.create({ id: 'a-first', description: { hostname: 'A' } });
    });
    const ordered = ['', 'a', 'aa', 'z', '\ue000', '\ufffd', '\u{1f600}'].map((name) => `id-${name}`);
    expect(found(store, 'node', all)).toEqual(['a-first', ...ordered]);
    expect(found(store, 'node', byIdPrefix('id-'))).toEqual(ordered);
    expect(found(store, 'node', byNamePrefix(''))).toEqual(['id-', 'a-first', ...ordered.slice(1)]);
    expect(found(store, 'node', byName('a'))).toEqual(['a-first', 'id-a']);
  });

  test('[I4] or: member by member, each object once', async () => {
    const store = await filled((tx) => {
      for (const id of ['t1', 't2', 't3', 't4']) tx.tasks.create({ id, nodeId: 'n' });
    });
    expect(found(store, 'task', or(byIdPrefix('t4'), byIdPrefix('t')))).toEqual(['t4', 't1', 't2', 't3']);
    expect(found(store, 'task', or(byId('t3'), or(byId('t2'), byId('t3')), byId('none')))).toEqual(['t3', 't2']);
    expect(found(store, 'task', or())).toEqual([]);
  });

  test('[I5] and: what all find, in the order of the first', async () => {
    const store = await filled((tx) => {
      for (const id of ['t1', 't2', 't3', 't4']) tx.tasks.create({ id, nodeId: id < 't3' ? 'n' : 'm', serviceId: id === 't1' ? 'x' : 's' });
    });
    expect(found(store, 'task', and(byNodeId('n'), byServiceId('s')))).toEqual(['t2']);
    expect(found(store, 'task', and(or(byId('t4'), byId('t2')), byServiceId('s')))).toEqual(['t4', 't2']);
    expect(found(store, 'task', and())).toEqual(['t1', 't2', 't3', 't4']);
    expect(found(store, 'task', and(all, or()))).toEqual([]);
  });
});

describe('names', () => {
  test('[I6] are folded letter by letter, as Go does', async () => {
    const names = ['İstanbul', 'ΟΔΟΣ', 'ÄÖÜ', 'STRASSE ẞ', 'Ꭰ', 'K'];
    const store = await filled((tx) => {
      names.forEach((name, number) => tx.configs.create({ id: `c${number}`, spec: { annotations: { name } } }));
    });
    expect(found(store, 'config', byName('istanbul'))).toEqual(['c0']);
    expect(found(store, 'config', byName('i̇stanbul'))).toEqual([]);
    expect(found(store, 'config', byName('οδοσ'))).toEqual(['c1']);
    expect(found(store, 'config', byName('οδος'))).toEqual([]);
    expect(found(store, 'config', byName('äÖü'))).toEqual(['c2']);
    expect(found(store, 'config', byName('strasse ß'))).toEqual(['c3']);
    expect(found(store, 'config', byName('ꭰ'))).toEqual(['c4']);
    expect(found(store, 'config', byName('k'))).toEqual(['c5']);
    expect(found(store, 'config', byNamePrefix('STRA'))).toEqual(['c3']);
    expect(found(store, 'config', or(byNamePrefix('i'), byNamePrefix('İ')))).toEqual(['c0']);
  });

  test('[I7] a node’s name is its hostname', async () => {
    const store = await filled((tx) => {
      tx.nodes.create({ id: 'n1', spec: { annotations: { name: 'spec-name' } }, description: { hostname: 'Host' } });
      tx.nodes.create({ id: 'n2', spec: { annotations: { name: 'spec-name' } } });
      tx.nodes.create({ id: 'n3', description: {} });
    });
    expect(found(store, 'node', byName('host'))).toEqual(['n1']);
    expect(found(store, 'node', byName('spec-name'))).toEqual([]);
    expect(found(store, 'node', byName(''))).toEqual(['n3']);
    expect(found(store, 'node', byNamePrefix(''))).toEqual(['n3', 'n1']);
  });

  test('[I8] a task’s name may be derived', async () => {
    const store = await filled((tx) => {
      tx.tasks.create({ id: 'T1', annotations: { name: 'Own' }, serviceAnnotations: { name: 'svc' }, slot: 1 });
      tx.tasks.create({ id: 'T2', serviceAnnotations: { name: 'Svc' }, slot: 2 });
      tx.tasks.create({ id: 'T3', serviceAnnotations: { name: 'svc' }, nodeId: 'Node' });
      tx.tasks.create({ id: 'T4', serviceAnnotations: { name: 'svc' } });
      tx.tasks.create({ id: 'T5' });
    });
    expect(found(store, 'task', byName('own'))).toEqual(['T1']);
    expect(found(store, 'task', byName('svc.2.t2'))).toEqual(['T2']);
    expect(found(store, 'task', byName('SVC.node.T3'))).toEqual(['T3']);
    expect(found(store, 'task', byName('svc..t4'))).toEqual(['T4']);
    expect(found(store, 'task', byName('..t5'))).toEqual(['T5']);
    expect(found(store, 'task', byNamePrefix('svc.'))).toEqual(['T4', 'T2', 'T3']);
  });
});

describe('the other indexes', () => {
  test('[I9] runtimes', async () => {
    const store = await filled((tx) => {
      tx.tasks.create({ id: 't1', spec: { container: {} } });
      tx.tasks.create({ id: 't2', spec: { attachment: {} } });
      tx.tasks.create({ id: 't3', spec: { generic: { kind: 'Plugin' } } });
      tx.tasks.create({ id: 't4' });
      tx.services.create({ id: 's1', spec: { task: { generic: { kind: 'PLUGIN' } } } });
    });
    expect(found(store, 'task', byRuntime('container'))).toEqual(['t1']);
    expect(found(store, 'task', byRuntime('attachment'))).toEqual(['t2']);
    expect(found(store, 'task', byRuntime('plugin'))).toEqual(['t3']);
    expect(found(store, 'task', byRuntime('Plugin'))).toEqual([]);
    expect(found(store, 'task', byRuntime(''))).toEqual([]);
    expect(found(store, 'service', byRuntime('plugin'))).toEqual(['s1']);
  });

  test('[I10][I11] services, nodes and slots of tasks', async () => {
    const huge = 18446744073709551615n;
    const store = await filled((tx) => {
      tx.tasks.create({ id: 't1', serviceId: 's', nodeId: 'n', slot: 1 });
      tx.tasks.create({ id: 't2', serviceId: 's', slot: 1 });
      tx.tasks.create({ id: 't3', serviceId: 's1', slot: huge });
      tx.tasks.create({ id: 't4' });
    });
    expect(found(store, 'task', byServiceId('s'))).toEqual(['t1', 't2']);
    expect(found(store, 'task', byServiceId(''))).toEqual(['t4']);
    expect(found(store, 'task', byNodeId('n'))).toEqual(['t1']);
    expect(found(store, 'task', byNodeId(''))).toEqual(['t2', 't3', 't4']);
    expect(found(store, 'task', bySlot('s', 1))).toEqual(['t1', 't2']);
    expect(found(store, 'task', bySlot('s', 1n))).toEqual(['t1', 't2']);
    expect(found(store, 'task', bySlot('s1', huge))).toEqual(['t3']);
    expect(found(store, 'task', bySlot('s1', 1))).toEqual([]);
    expect(found(store, 'task', bySlot('', 0))).toEqual(['t4']);
  });

  test('[I12] roles, memberships and states', async () => {
    const store = await filled((tx) => {
      tx.nodes.create({ id: 'n1', role: NodeRole.MANAGER, spec: { membership: NodeSpecMembership.ACCEPTED } });
      tx.nodes.create({ id: 'n2', spec: { desiredRole: NodeRole.MANAGER } });
      tx.tasks.create({ id: 't1', desiredState: TaskState.RUNNING, status: { state: TaskState.READY } });
      tx.tasks.create({ id: 't2', desiredState: TaskState.RUNNING, status: { state: 12345 as TaskState } });
      tx.tasks.create({ id: 't3', status: { state: -1 as TaskState } });
    });
    expect(found(store, 'node', byRole(NodeRole.MANAGER))).toEqual(['n1']);
    expect(found(store, 'node', byRole(NodeRole.WORKER))).toEqual(['n2']);
    expect(found(store, 'node', byMembership(NodeSpecMembership.ACCEPTED))).toEqual(['n1']);
    expect(found(store, 'node', byMembership(NodeSpecMembership.PENDING))).toEqual(['n2']);
    expect(found(store, 'task', byDesiredState(TaskState.RUNNING))).toEqual(['t1', 't2']);
    expect(found(store, 'task', byTaskState(TaskState.READY))).toEqual(['t1']);
    expect(found(store, 'task', byTaskState(12345 as TaskState))).toEqual(['t2']);
    expect(found(store, 'task', byTaskState(-1 as TaskState))).toEqual(['t3']);
  });

  test('[I13] networks', async () => {
    const store = await filled((tx) => {
      tx.services.create({ id: 's1', spec: { annotations: { name: '1' }, networks: [{ target: 'old' }] } });
      tx.services.create({
        id: 's2',
        spec: { annotations: { name: '2' }, networks: [{ target: 'old' }], task: { networks: [{ target: 'new' }] } },
      });
      tx.tasks.create({ id: 't1', spec: { networks: [{ target: 'a' }, { target: 'b' }, { target: 'a' }] } });
      tx.tasks.create({ id: 't2', networks: [{ network: { id: 'a' } }] });
    });
    expect(found(store, 'service', byReferencedNetworkId('old'))).toEqual(['s1']);
    expect(found(store, 'service', byReferencedNetworkId('new'))).toEqual(['s2']);
    expect(found(store, 'task', byReferencedNetworkId('a'))).toEqual(['t1']);
    expect(found(store, 'task', byReferencedNetworkId('b'))).toEqual(['t1']);
  });

  test('[I14] secrets, configs and volumes', async () => {
    const container = { secrets: [{ secretId: 'x' }, { secretId: 'x' }, { secretId: 'y' }], configs: [{ configId: 'z' }] };
    const store = await filled((tx) => {
      tx.tasks.create({ id: 't1', spec: { container }, volumes: [{ id: 'v' }, { id: 'w' }, { id: 'v' }] });
      tx.services.create({ id: 's1', spec: { task: { container } } });
    });
    expect(found(store, 'task', byReferencedSecretId('x'))).toEqual(['t1']);
    expect(found(store, 'task', byReferencedConfigId('z'))).toEqual(['t1']);
    expect(found(store, 'task', byReferencedConfigId('x'))).toEqual([]);
    expect(found(store, 'service', byReferencedSecretId('y'))).toEqual(['s1']);
    expect(found(store, 'service', byReferencedConfigId('z'))).toEqual(['s1']);
    expect(found(store, 'task', byVolumeAttachment('v'))).toEqual(['t1']);
    expect(found(store, 'task', byVolumeAttachment('w'))).toEqual(['t1']);
  });

  test('[I10][I15] kinds of resources, groups and drivers of volumes', async () => {
    const store = await filled((tx) => {
      tx.extensions.create({ id: 'e', annotations: { name: 'Cat' } });
      tx.resources.create({ id: 'r1', kind: 'Cat', annotations: { name: '1' } });
      tx.resources.create({ id: 'r2', kind: 'cat', annotations: { name: '2' } });
      tx.volumes.create({ id: 'v1', spec: { annotations: { name: '1' }, group: 'g', driver: { name: 'csi' } } });
      tx.volumes.create({ id: 'v2', spec: { annotations: { name: '2' }, driver: {} } });
    });
    expect(found(store, 'resource', byKind('Cat'))).toEqual(['r1']);
    expect(found(store, 'resource', byKind('cat'))).toEqual(['r2']);
    expect(found(store, 'volume', byVolumeGroup('g'))).toEqual(['v1']);
    expect(found(store, 'volume', byVolumeGroup(''))).toEqual(['v2']);
    expect(found(store, 'volume', byDriver('csi'))).toEqual(['v1']);
    expect(found(store, 'volume', byDriver(''))).toEqual(['v2']);
  });

  test('[I16] custom indices', async () => {
    const indices = [
      { key: 'tier', val: 'web-2' },
      { key: 'tier', val: 'web-1' },
      { key: 'zone', val: '' },
    ];
    const store = await filled((tx) => {
      tx.nodes.create({ id: 'n2', spec: { annotations: { indices } } });
      tx.nodes.create({ id: 'n1', spec: { annotations: { indices: indices.slice(0, 1) } } });
      tx.tasks.create({ id: 't1', annotations: { indices } });
      tx.extensions.create({ id: 'e1', annotations: { name: 'kind', indices } });
      tx.resources.create({ id: 'r1', kind: 'kind', annotations: { indices } });
      tx.services.create({ id: 's1', spec: { annotations: { indices } } });
    });
    expect(found(store, 'node', byCustom('tier', 'web-2'))).toEqual(['n1', 'n2']);
    expect(found(store, 'node', byCustom('tier', 'web'))).toEqual([]);
    expect(found(store, 'node', byCustomPrefix('tier', 'web'))).toEqual(['n2', 'n1']);
    expect(found(store, 'node', byCustomPrefix('tier', ''))).toEqual(['n2', 'n1']);
    expect(found(store, 'node', byCustomPrefix('tie', ''))).toEqual([]);
    expect(found(store, 'node', byCustom('zone', ''))).toEqual(['n2']);
    for (const kind of ['task', 'extension', 'resource', 'service'] as const) {
      expect(found(store, kind, byCustom('tier', 'web-1'))).toHaveLength(1);
    }
  });

  test('[I17] keys cannot be confused', async () => {
    const store = await filled((tx) => {
      tx.configs.create({ id: 'c1', spec: { annotations: { name: 'foo\0bar' } } });
      tx.tasks.create({ id: 't1', serviceId: 'a', slot: 11 });
      tx.tasks.create({ id: 't2', serviceId: 'a\x001', slot: 1 });
      tx.tasks.create({ id: 't3', serviceId: 'a1', slot: 1 });
      tx.tasks.create({ id: 't4', annotations: { indices: [{ key: 'a|b', val: 'c' }] } });
      tx.tasks.create({ id: 't5', annotations: { indices: [{ key: 'a', val: 'b|c' }] } });
      tx.tasks.create({ id: 't6', annotations: { indices: [{ key: '1:a', val: '' }] } });
      tx.tasks.create({ id: 't7', annotations: { indices: [{ key: '', val: 'a|b' }] } });
      tx.tasks.create({ id: 'x\0y', nodeId: '__proto__' });
      tx.tasks.create({ id: '__proto__', nodeId: 'constructor' });
    });
    expect(found(store, 'config', byName('foo'))).toEqual([]);
    expect(found(store, 'config', byNamePrefix('foo'))).toEqual(['c1']);
    expect(found(store, 'task', bySlot('a', 11))).toEqual(['t1']);
    expect(found(store, 'task', bySlot('a', 1))).toEqual([]);
    expect(found(store, 'task', bySlot('a1', 1))).toEqual(['t3']);
    expect(found(store, 'task', byCustom('a', 'b|c'))).toEqual(['t5']);
    expect(found(store, 'task', byCustom('a|b', 'c'))).toEqual(['t4']);
    expect(found(store, 'task', byCustomPrefix('a', 'b|'))).toEqual(['t5']);
    expect(found(store, 'task', byCustom('', 'a|b'))).toEqual(['t7']);
    expect(found(store, 'task', byCustomPrefix('', ''))).toEqual(['t7']);
    expect(found(store, 'task', byId('x'))).toEqual([]);
    expect(found(store, 'task', byIdPrefix('x'))).toEqual(['x\0y']);
    expect(found(store, 'task', byNodeId('__proto__'))).toEqual(['x\0y']);
    expect(found(store, 'task', byNodeId('constructor'))).toEqual(['__proto__']);
    expect(store.view((tx) => tx.tasks.get('constructor'))).toBeUndefined();
  });

  test('[I18] id prefixes', async () => {
    const store = await filled((tx) => {
      for (const id of ['ab', 'Ab', 'a', 'b']) tx.nodes.create({ id });
    });
    expect(found(store, 'node', byIdPrefix('a'))).toEqual(['a', 'ab']);
    expect(found(store, 'node', byIdPrefix(''))).toEqual(['Ab', 'a', 'ab', 'b']);
    expect(found(store, 'node', byIdPrefix('ab'))).toEqual(['ab']);
    expect(found(store, 'node', byId('Ab'))).toEqual(['Ab']);
  });

  test('[I19][I20][I21] an update moves an object, a delete removes it', async () => {
    const store = await filled((tx) => {
      tx.tasks.create({ id: 't1', nodeId: 'n1', serviceAnnotations: { name: 'svc' }, slot: 1, spec: { networks: [{ target: 'a' }] } });
      tx.tasks.create({ id: 't2', nodeId: 'n1' });
    });
    await store.update((tx) => {
      tx.tasks.modify('t1', (draft) => {
        draft.nodeId = 'n2';
        draft.slot = 2;
        draft.spec.networks.push({ target: 'b' });
        draft.spec.networks.shift();
      });
      expect(ids(tx.tasks.find(byNodeId('n2')))).toEqual(['t1']);
    });
    expect(found(store, 'task', byNodeId('n1'))).toEqual(['t2']);
    expect(found(store, 'task', byNodeId('n2'))).toEqual(['t1']);
    expect(found(store, 'task', byName('svc.2.t1'))).toEqual(['t1']);
    expect(found(store, 'task', byName('svc.1.t1'))).toEqual([]);
    expect(found(store, 'task', byReferencedNetworkId('a'))).toEqual([]);
    expect(found(store, 'task', byReferencedNetworkId('b'))).toEqual(['t1']);
    await store.update((tx) => {
      tx.tasks.delete('t1');
    });
    for (const by of [byNodeId('n2'), byName('svc.2.t1'), byReferencedNetworkId('b'), byId('t1'), byIdPrefix('t1')]) {
      expect(found(store, 'task', by)).toEqual([]);
    }
  });

  test('[I22] results are frozen lists of the stored objects themselves', async () => {
    const store = await filled((tx) => {
      tx.tasks.create({ id: 't1', nodeId: 'n1' });
    });
    store.view((tx) => {
      const [task] = tx.tasks.find(byNodeId('n1'));
      expect(task).toBe(tx.tasks.get('t1'));
      expect(Object.isFrozen(tx.tasks.find(or(all)))).toBe(true);
      expect(Object.isFrozen(tx.tasks.find(byId('t1')))).toBe(true);
    });
  });
});
