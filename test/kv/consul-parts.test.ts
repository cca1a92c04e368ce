import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deleteSteps } from '../../src/kv/consul/writing/cover.ts';
import { flagsOf, marksOf } from '../../src/kv/consul/records/entry.ts';
import { checkProperty } from '../support/property.ts';

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

test('[Q117] the steps that delete a range of names delete these names and no others, in few steps', () => {
  const name = fc.stringMatching(/^(a|b|\uffff|😀|\/|é){1,6}$/u).map((rest) => `p/${rest}`);
  checkProperty(
    fc.property(fc.uniqueArray(name), fc.nat(20), fc.nat(20), fc.boolean(), (names, start, length, isAlone) => {
      const sorted = names.sort(byBytes);
      const deleted = new Set(sorted.slice(start, start + length));
      const kept = sorted.filter((other) => !deleted.has(other));
      const steps = deleteSteps('p/', deleted, kept);
      const isDeleted = (other: string): boolean =>
        steps.some((step) => (step.verb === 'delete-tree' ? other.startsWith(step.name) : step.name === other));
      expect(sorted.filter(isDeleted)).toEqual([...deleted]);
      // Names beside the prefix are never reached, whatever is deleted.
      expect(['p', 'pa', 'q'].some(isDeleted)).toBe(false);
      if (isAlone && kept.length === 0) expect(steps.length).toBeLessThanOrEqual(1);
    }),
  );
  const many = Array.from({ length: 10_000 }, (_, number) => `p/log/${String(number).padStart(6, '0')}`);
  expect(deleteSteps('p/', new Set(many.slice(123, 9877)), [...many.slice(0, 123), ...many.slice(9877)]).length).toBe(
    52,
  );
});

test('[Q117] the flags of a key give back its marks, and those of other programs are none', () => {
  checkProperty(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 48 - 1 }),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      (number, a, b, c) => {
        const marks = { number, hasTtl: a, isPlaceholder: b, isTouched: c };
        const entry = { name: '', value: Buffer.alloc(0), session: undefined, modifyIndex: 1, flags: flagsOf(marks) };
        expect(marksOf(entry)).toEqual(marks);
        expect(Number(JSON.parse(JSON.stringify(entry.flags)))).toBe(entry.flags);
      },
    ),
  );
  for (const flags of [0, 1, 42, 2 ** 61, 2 ** 52, -1])
    expect(marksOf({ name: '', value: Buffer.alloc(0), session: undefined, modifyIndex: 1, flags })).toBeUndefined();
});
