import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MinHeap } from '../../src/watch/frames/min-heap.ts';
import { checkProperty } from '../support/property.ts';

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ push: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.constant('pop' as const) },
  { weight: 1, arbitrary: fc.record({ keepBelow: fc.nat(30) }) },
);

test('[W16] the heap of watchers that may overflow gives the smallest rank first, after any changes', () => {
  checkProperty(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const heap = new MinHeap<number>();
      let model: number[] = [];
      const pop = (): void => {
        const smallest = Math.min(...model);
        expect(heap.smallest).toBe(smallest);
        expect(heap.pop()).toBe(model.length === 0 ? undefined : smallest);
        if (model.length > 0) model.splice(model.indexOf(smallest), 1);
      };
      for (const each of steps) {
        if (each === 'pop') pop();
        else if ('push' in each) {
          heap.push(each.push, each.push);
          model.push(each.push);
        } else {
          // The kept items are those of the heap's order, which is no sorted list.
          const keep = (item: number): boolean => (item * 7) % 31 < each.keepBelow;
          heap.retain(keep);
          model = model.filter(keep);
        }
        expect(heap.size).toBe(model.length);
        expect(heap.items().sort((a, b) => a - b)).toEqual([...model].sort((a, b) => a - b));
      }
      while (model.length > 0) pop();
      expect(heap.pop()).toBeUndefined();
    }),
  );
});

test('[W16] the heap stays in order when items are removed above others', () => {
  const heap = new MinHeap<number>();
  for (const item of [1, 10, 2, 11, 12, 3, 4]) heap.push(item, item);
  heap.retain((item) => item > 2);
  expect([heap.size, heap.smallest]).toEqual([5, 3]);
  expect(Array.from({ length: 6 }, () => heap.pop())).toEqual([3, 4, 10, 11, 12, undefined]);
});
