import { describe, expect, test } from '@jest/globals';
import { LocalCache } from 'swarmstate/cache';
import { compareValues, equalValues } from '../../src/cache/query/compare.ts';
import { compileQuery } from '../../src/cache/query/compiled-query.ts';
import { ids, thrown } from '../support/store-helpers.ts';
import { storeOfSixTasks as store } from './support/cache-helpers.ts';

/** Groups of equal values, the smallest first. */
const ordered: readonly (readonly unknown[])[] = [
  [NaN],
  [undefined, null],
  [false],
  [true],
  [''],
  [-Infinity, '-Infinity'],
  [-1, -1n, '-1'],
  [0, -0, 0n, '0', '0x0'],
  [5, 5n, '5', '5.0'],
  [2n ** 60n],
  [2n ** 60n + 1n],
  ['10a'],
  ['a'],
  ['a0'],
  ['b'],
  [{}, { a: 1 }, new Uint8Array([1])],
  [[]],
  [['a']],
  [['a', 1]],
  [
    ['a', 2],
    ['a', 2n],
  ],
  [['b']],
];

describe('the order of values', () => {
  test('[Y15] values of all types have one order, and equal ones keep their places', () => {
    const signs = ordered.flatMap((left, at) =>
      ordered.flatMap((right, other) =>
        left.flatMap((a) => right.map((b) => [a, b, Math.sign(compareValues(a, b)), Math.sign(at - other)] as const)),
      ),
    );
    expect(signs.length).toBeGreaterThan(1000);
    expect(signs.filter(([, , sign, expected]) => sign !== expected)).toEqual([]);
  });

  test('[Y39] equal values are of one type, except numbers and bigints', () => {
    const equal: readonly (readonly [unknown, unknown])[] = [
      [5, 5n],
      [-0, 0],
      [[], []],
      [
        [1, ['a']],
        [1n, ['a']],
      ],
      [new Uint8Array([1, 2]), new Uint8Array([1, 2])],
      [{ a: 1, b: undefined }, { a: 1 }],
      [
        { a: 1, b: { c: [2] } },
        { b: { c: [2] }, a: 1 },
      ],
    ];
    const different: readonly (readonly [unknown, unknown])[] = [
      [5, '5'],
      [5, 6n],
      [5.5, 5n],
      [NaN, NaN],
      [null, {}],
      [null, undefined],
      [[], {}],
      [[1], [1, 2]],
      [
        [1, 2],
        [2, 1],
      ],
      [new Uint8Array([1]), [1]],
      [new Uint8Array([1]), new Uint8Array([2])],
      [new Uint8Array([1]), { 0: 1 }],
      [{ a: 1 }, { a: 2 }],
      [{ a: 1 }, { b: 1 }],
      [{ a: 1 }, { a: 1, b: 1 }],
      [{ a: 1 }, new Map([['a', 1]])],
    ];
    for (const [values, expected] of [
      [equal, true],
      [different, false],
    ] as const) {
      const wrong = values.filter(([a, b]) => equalValues(a, b) !== expected || equalValues(b, a) !== expected);
      expect(wrong).toEqual([]);
    }
  });

  test('[Y15] objects are neither above nor below a bound', async () => {
    const tasks = new LocalCache(await store(), { tables: ['task'] }).table('task');
    for (const operator of ['$gt', '$gte', '$lt', '$lte']) {
      expect(tasks.find({ status: { [operator]: 'a' } })).toEqual([]);
    }
    // An absent field is below each bound.
    expect(tasks.find({ 'spec.attachment.containerId': { $lt: 'a' } })).toHaveLength(6);
    expect(ids(tasks.find({ desiredState: { $lte: 0 }, slot: 2 }))).toEqual(['t2']);
  });
});

describe('the use of indexes by queries', () => {
  const narrow = (query: unknown): unknown => compileQuery(query, new Set(['slot', 'nodeId'])).narrow;
  const equal = (path: string, value: unknown): object => ({ [path]: { $aeq: value } });

  test('[M10] a condition on an indexed field narrows the rows', () => {
    expect(narrow({ slot: 2 })).toEqual(equal('slot', 2));
    expect(narrow({ slot: { $in: [1, 2] } })).toEqual({ $or: [equal('slot', 1), equal('slot', 2)] });
    expect(narrow({ slot: { $between: [1, 2] } })).toEqual({ slot: { $between: [1, 2] } });
    // Loki compares large integers as floats, so a bound is never left out.
    expect(narrow({ slot: { $gt: 1 } })).toEqual({ slot: { $gte: 1 } });
    expect(narrow({ slot: { $lt: 1 } })).toEqual({ slot: { $lte: 1 } });
  });

  test('[M10] a query takes the narrowest of its indexes', () => {
    expect(narrow({ slot: { $gt: 1 }, nodeId: 'n1' })).toEqual(equal('nodeId', 'n1'));
    expect(narrow({ nodeId: { $in: ['n1'] }, slot: 3 })).toEqual(equal('slot', 3));
    expect(narrow({ slot: { $gt: 1, $between: [2, 3] } })).toEqual({ slot: { $between: [2, 3] } });
    expect(narrow({ $and: [{ slot: { $lt: 9 } }, { nodeId: { $in: ['a', 'b'] } }] })).toEqual({
      $or: [equal('nodeId', 'a'), equal('nodeId', 'b')],
    });
    const either = { $or: [{ slot: 1 }, { slot: 2 }] };
    expect(narrow({ $and: [either, { nodeId: { $in: ['a', 'b', 'c'] } }] })).toEqual({
      $or: [equal('slot', 1), equal('slot', 2)],
    });
    expect(narrow({ $and: [either, { nodeId: 'a' }] })).toEqual(equal('nodeId', 'a'));
  });

  test('[M10] an alternative without an index leaves all rows to be read', () => {
    expect(narrow({ $or: [{ slot: 1 }, { nodeId: 'n1' }] })).toEqual({
      $or: [equal('slot', 1), equal('nodeId', 'n1')],
    });
    expect(narrow({ $or: [{ slot: 1 }, { serviceId: 's' }] })).toBeUndefined();
    expect(narrow({ $or: [] })).toBeUndefined();
    expect(narrow({ slot: { $in: [] } })).toBeUndefined();
    expect(narrow({ slot: { $in: [1, null] } })).toBeUndefined();
    expect(narrow({ slot: null })).toBeUndefined();
    expect(narrow({ slot: { $ne: 1 } })).toBeUndefined();
    expect(narrow({ serviceId: 's' })).toBeUndefined();
  });
});

test('[Y41] a value of 1,000 levels is taken, and one of 1,001 is refused', async () => {
  const tasks = new LocalCache(await store(), { tables: ['task'] }).table('task');
  const nested = (levels: number): never => {
    let value: unknown = 'a';
    for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { member: value };
    return { networks: value } as never;
  };
  expect(tasks.find(nested(1000))).toEqual([]);
  expect(thrown(() => tasks.find(nested(1001)), 'ERR_INVALID_FIND_BY').message).toMatch('nested more than 1000 levels');
});

test('[Y39] the refusal of a value names the operator to use in its place', async () => {
  const tasks = new LocalCache(await store(), { tables: ['task'] }).table('task');
  const refusal = (query: unknown): string => thrown(() => tasks.find(query as never), 'ERR_INVALID_FIND_BY').message;
  expect(refusal({ nodeId: /n1/ })).toMatch('use the operator $regex');
  expect(refusal({ nodeId: { $eq: undefined } })).toMatch('use $exists');
  expect(refusal({ nodeId: new Date(0) })).not.toMatch('; use');
  expect(refusal({ status: { state: new Date(0) } })).toMatch('the condition of status');
});
