import { describe, expect, test } from '@jest/globals';
import { byName, byNamePrefix, or } from 'swarmstate';
import { filled, found } from '../support/store-helpers.ts';

describe('names', () => {
  test('[I6] names are folded letter by letter, as Go does', async () => {
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
