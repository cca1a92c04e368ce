import { describe, expect, test } from '@jest/globals';
import { all, and, byId, byIdPrefix, byName, byNamePrefix, byNodeId, byServiceId, or } from 'swarmstate';
import { filled, found } from '../support/store-helpers.ts';

describe('order', () => {
  test('[I3] results are in the order of UTF-8 bytes: of the id, or of the name and then the id', async () => {
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

  test('[I4] or gives its members’ results one after the other, each object once', async () => {
    const store = await filled((tx) => {
      for (const id of ['t1', 't2', 't3', 't4']) tx.tasks.create({ id, nodeId: 'n' });
    });
    expect(found(store, 'task', or(byIdPrefix('t4'), byIdPrefix('t')))).toEqual(['t4', 't1', 't2', 't3']);
    expect(found(store, 'task', or(byId('t3'), or(byId('t2'), byId('t3')), byId('none')))).toEqual(['t3', 't2']);
    expect(found(store, 'task', or())).toEqual([]);
  });

  test('[I5] and gives what all its members find, in the order of the first', async () => {
    const store = await filled((tx) => {
      for (const id of ['t1', 't2', 't3', 't4'])
        tx.tasks.create({ id, nodeId: id < 't3' ? 'n' : 'm', serviceId: id === 't1' ? 'x' : 's' });
    });
    expect(found(store, 'task', and(byNodeId('n'), byServiceId('s')))).toEqual(['t2']);
    expect(found(store, 'task', and(or(byId('t4'), byId('t2')), byServiceId('s')))).toEqual(['t4', 't2']);
    expect(found(store, 'task', and())).toEqual(['t1', 't2', 't3', 't4']);
    expect(found(store, 'task', and(all, or()))).toEqual([]);
  });
});
