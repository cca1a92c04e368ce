import { expect, test } from '@jest/globals';
import { MemoryStore, TaskState } from 'swarmstate';
import type { Int64, Task } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';
import type { SortPath, Query, QueryPath, SortKey, ValueAt } from 'swarmstate/cache';
import { thrown } from '../support/store-helpers.ts';

type Exactly<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

const tasks = new LocalCache(new MemoryStore(), { tables: ['task'] }).table('task');

test('[Y42] paths of queries are typed, through messages, lists and maps', () => {
  const slot: Int64 = 2n ** 60n;
  const queries: readonly Query<Task>[] = [
    { id: 't', slot: 1, nodeId: 'n' },
    { slot },
    { slot: { $gt: 2n ** 60n, $lte: 5 } },
    { 'status.state': TaskState.RUNNING, 'meta.version.index': { $gte: 3 } },
    { 'spec.container.image': { $regex: /x/ }, 'spec.container.env': { $contains: 'A=1' } },
    { 'networks.network.id': 'n1', 'networks.addresses': { $size: 1 } },
    { 'annotations.labels.tier': 'front', 'annotations.labels': { tier: 'front' } },
    { 'annotations.labels.tier': { $exists: false }, networks: [] },
    { 'spec.container.privileges.credentialSpec.config': { $exists: true } },
    { $or: [{ slot: 1 }, { $and: [{ nodeId: { $in: ['a', 'b'] } }] }] },
    { nodeId: undefined },
  ];
  for (const query of queries) expect(tasks.find(query)).toEqual([]);
  true satisfies Exactly<ValueAt<Task, 'status.state'>, TaskState>;
  true satisfies Exactly<ValueAt<Task, 'networks.network.id'>, string>;
  true satisfies Exactly<ValueAt<Task, 'annotations.labels.x'>, string>;
  'networks.network.id' satisfies QueryPath<Task>;
});

test('[Y42] a misspelt path of a query, and a value of another type, are refused by the compiler', () => {
  const mistakes: (() => unknown)[] = [
    // @ts-expect-error -- a misspelt nested field
    () => tasks.find({ 'status.stat': TaskState.RUNNING }),
    // @ts-expect-error -- a misspelt field
    () => tasks.find({ node: 'n1' }),
    // @ts-expect-error -- a field of a text
    () => tasks.find({ 'nodeId.x': 'n1' }),
    // @ts-expect-error -- a string is no number
    () => tasks.find({ slot: '1' }),
    // @ts-expect-error -- a string is no number, in a nested field
    () => tasks.find({ 'status.state': 'running' }),
    // @ts-expect-error -- a number is no string, in a map
    () => tasks.find({ 'annotations.labels.tier': 5 }),
    // @ts-expect-error -- a misspelt field in a nested query
    () => tasks.find({ $or: [{ slot: 1 }, { nodeID: 'x' }] }),
    // @ts-expect-error -- a string is no number, in an operator's list
    () => tasks.find({ slot: { $in: ['1'] } }),
    // @ts-expect-error -- a list contains texts
    () => tasks.find({ 'spec.container.env': { $contains: 5 } }),
    // @ts-expect-error -- a misspelt path to sort by
    () => tasks.find({}, { sort: ['status.stat'] }),
    // @ts-expect-error -- a misspelt path to sort by
    () => tasks.find({}, { sort: [{ by: 'slots' }] }),
    // @ts-expect-error -- a field that an object has many times
    () => tasks.find({}, { sort: ['networks.network.id'] }),
    // @ts-expect-error -- a misspelt path of a view
    () => tasks.view({ query: { slots: 5 } }),
    // @ts-expect-error -- a misspelt path of an index
    () => new LocalCache(new MemoryStore(), { tables: ['task'], indices: { task: ['slots'] } }),
  ];
  for (const mistake of mistakes) expect(mistake).not.toThrow();
  // @ts-expect-error -- an operator has another value
  thrown(() => tasks.find({ slot: { $in: 5 } }), 'ERR_INVALID_FIND_BY');
  // @ts-expect-error -- a regular expression is no text
  thrown(() => tasks.find({ nodeId: /n1/ }), 'ERR_INVALID_FIND_BY');
});

test('[Y42] paths into types that hold themselves, and into values of any type, are taken', () => {
  interface Tree {
    readonly name: string;
    readonly children: readonly Tree[];
    readonly parent?: Tree;
    readonly anything: unknown;
  }
  'children.children.name' satisfies QueryPath<Tree>;
  'parent.parent.parent.name' satisfies SortPath<Tree>;
  'parent.name' satisfies SortKey<Tree>;
  ({ 'parent.name': 'x', 'children.name': { $in: ['y'] }, anything: [1] }) satisfies Query<Tree>;
  // @ts-expect-error -- a misspelt field
  'parent.nam' satisfies SortPath<Tree>;
  expect(true).toBe(true);
});
