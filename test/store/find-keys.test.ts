import { describe, expect, test } from '@jest/globals';
import { byCustom, byCustomPrefix, byId, byIdPrefix, byName, byNamePrefix, byNodeId, bySlot } from 'swarmstate';
import { filled, found } from '../support/store-helpers.ts';

describe('the other indexes', () => {
  test('[I16] byCustom and byCustomPrefix find by the indices of annotations', async () => {
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

  test('[I17] no character in a name, id or value makes a finder find another’s object', async () => {
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

  test('[I18] byIdPrefix minds case, and the empty prefix finds everything', async () => {
    const store = await filled((tx) => {
      for (const id of ['ab', 'Ab', 'a', 'b']) tx.nodes.create({ id });
    });
    expect(found(store, 'node', byIdPrefix('a'))).toEqual(['a', 'ab']);
    expect(found(store, 'node', byIdPrefix(''))).toEqual(['Ab', 'a', 'ab', 'b']);
    expect(found(store, 'node', byIdPrefix('ab'))).toEqual(['ab']);
    expect(found(store, 'node', byId('Ab'))).toEqual(['Ab']);
  });
});
