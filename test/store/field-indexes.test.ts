import { describe, expect, test } from '@jest/globals';
import {
  TaskState,
  all,
  byDesiredState,
  byDriver,
  byId,
  byIdPrefix,
  byKind,
  byMembership,
  byName,
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
  or,
  NodeRole,
  NodeSpecMembership,
} from 'swarmstate';
import { filled, found, ids } from '../support/store-helpers.ts';

describe('the other indexes', () => {
  test('[I9] byRuntime finds services and tasks by the name of their runtime', async () => {
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

  test('[I10][I11] byServiceId, byNodeId and bySlot find tasks', async () => {
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

  test('[I12] byRole, byMembership, byDesiredState and byTaskState find by their enums', async () => {
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

  test('[I13] byReferencedNetworkId finds services and tasks by the networks of their specs', async () => {
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

  test('[I14] finders of referenced secrets, configs and attached volumes give each object once', async () => {
    const container = {
      secrets: [{ secretId: 'x' }, { secretId: 'x' }, { secretId: 'y' }],
      configs: [{ configId: 'z' }],
    };
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

  test('[I10][I15] byKind finds resources, byVolumeGroup and byDriver find volumes', async () => {
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

  test('[I19][I20][I21] an update moves an object to its new keys, a delete removes it from all', async () => {
    const store = await filled((tx) => {
      tx.tasks.create({
        id: 't1',
        nodeId: 'n1',
        serviceAnnotations: { name: 'svc' },
        slot: 1,
        spec: { networks: [{ target: 'a' }] },
      });
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

  test('[I22] results of find are frozen lists of the stored objects themselves', async () => {
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
