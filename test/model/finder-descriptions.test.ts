import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  MemoryStore,
  NodeRole,
  NodeSpecMembership,
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
  describeFinder,
  finderOf,
  or,
} from 'swarmstate';
import type { By, FinderData, Kind } from 'swarmstate';
import { checkAsyncProperty } from '../support/property.ts';
import { thrown } from '../support/store-helpers.ts';
import { byOf } from './finder-of-query.ts';
import { fieldsOf, focuses } from './random-objects.ts';
import { queryOf } from './random-queries.ts';

const described: readonly (readonly [By<never>, FinderData])[] = [
  [all, { by: 'all' }],
  [byId('A'), { by: 'byId', id: 'A' }],
  [byIdPrefix('A'), { by: 'byIdPrefix', prefix: 'A' }],
  [byName('WebΣ'), { by: 'byName', name: 'webσ' }],
  [byNamePrefix('Web'), { by: 'byNamePrefix', prefix: 'web' }],
  [byRuntime('Container'), { by: 'byRuntime', runtime: 'Container' }],
  [byServiceId('s'), { by: 'byServiceId', serviceId: 's' }],
  [byNodeId('n'), { by: 'byNodeId', nodeId: 'n' }],
  [bySlot('s:1', 7), { by: 'bySlot', serviceId: 's:1', slot: 7 }],
  [bySlot('', 7n), { by: 'bySlot', serviceId: '', slot: 7 }],
  [bySlot('s', 2n ** 64n - 1n), { by: 'bySlot', serviceId: 's', slot: 2n ** 64n - 1n }],
  [bySlot('s', 2n ** 53n), { by: 'bySlot', serviceId: 's', slot: 2n ** 53n }],
  [byDesiredState(TaskState.RUNNING), { by: 'byDesiredState', state: 512 }],
  [byTaskState(-5 as TaskState), { by: 'byTaskState', state: -5 as TaskState }],
  [byRole(NodeRole.MANAGER), { by: 'byRole', role: 1 }],
  [byMembership(NodeSpecMembership.ACCEPTED), { by: 'byMembership', membership: 1 }],
  [byReferencedNetworkId('x'), { by: 'byReferencedNetworkId', networkId: 'x' }],
  [byReferencedSecretId('x'), { by: 'byReferencedSecretId', secretId: 'x' }],
  [byReferencedConfigId('x'), { by: 'byReferencedConfigId', configId: 'x' }],
  [byVolumeAttachment('x'), { by: 'byVolumeAttachment', volumeId: 'x' }],
  [byKind('K'), { by: 'byKind', kind: 'K' }],
  [byVolumeGroup('g'), { by: 'byVolumeGroup', group: 'g' }],
  [byDriver('d'), { by: 'byDriver', driver: 'd' }],
  [byCustom('k:2', '|v'), { by: 'byCustom', index: 'k:2', value: '|v' }],
  [byCustomPrefix('k', ''), { by: 'byCustomPrefix', index: 'k', prefix: '' }],
  [or(), { by: 'or', of: [] }],
  [
    or(byId('1'), and(byNodeId('n'), all), byId('2')),
    {
      by: 'or',
      of: [
        { by: 'byId', id: '1' },
        { by: 'and', of: [{ by: 'byNodeId', nodeId: 'n' }, { by: 'all' }] },
        { by: 'byId', id: '2' },
      ],
    },
  ],
];

/** Writes a description as JSON, with bigints as decimal strings, and parses it. */
function throughJson(description: FinderData): unknown {
  const text = JSON.stringify(description, (_member, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return JSON.parse(text);
}

function nested(depth: number): unknown {
  let description: unknown = { by: 'all' };
  for (let level = 1; level < depth; level += 1)
    description = { by: level % 2 === 0 ? 'or' : 'and', of: [description] };
  return description;
}

test('[I24] describeFinder names each finder and its arguments in a plain value', () => {
  for (const [by, description] of described) expect(describeFinder(by)).toStrictEqual(description);
});

test('[I24] describeFinder takes finders of every depth that there is, and refuses other values', () => {
  let by: By<Kind> = all;
  for (let level = 0; level < 999; level += 1) by = or(by);
  let depth = 0;
  let description = describeFinder(by);
  for (; description.by === 'or'; depth += 1) description = description.of[0] as FinderData;
  expect([depth, description]).toEqual([999, { by: 'all' }]);
  thrown(() => describeFinder({ by: 'all' } as unknown as By<Kind>), 'ERR_INVALID_FIND_BY');
});

test.each([
  ['or', or],
  ['and', and],
] as const)(
  '[I27] %s refuses finders beyond 1,000 levels, also below a finder that finderOf made',
  (_name, combine) => {
    let by: By<Kind> = all;
    for (let level = 1; level < 1000; level += 1) by = combine(by, by === all ? byId('x') : all);
    const store = new MemoryStore();
    expect(store.view((tx) => tx.nodes.find(by))).toEqual([]);
    expect(thrown(() => combine(all, by), 'ERR_INVALID_FIND_BY').message).toMatch(/more than 1000 levels/);
    expect(() => combine(finderOf(nested(999), 'node'))).not.toThrow();
    thrown(() => combine(finderOf(nested(1000), 'node')), 'ERR_INVALID_FIND_BY');
  },
);

test('[I25] finderOf makes the finder again, of a description and of its JSON', () => {
  for (const [by, description] of described) {
    expect(describeFinder(finderOf(describeFinder(by)))).toStrictEqual(description);
    expect(describeFinder(finderOf(throughJson(description)))).toStrictEqual(description);
  }
});

test('[I25] random finders find the same after describeFinder, JSON and finderOf', async () => {
  const cases = focuses
    .chain((focus) => fc.constantFrom(...focus))
    .chain((kind) =>
      fc.record({
        kind: fc.constant(kind),
        objects: fc.array(fieldsOf(kind), { maxLength: 8 }),
        queries: fc.array(queryOf(kind), { minLength: 5, maxLength: 10 }),
      }),
    );
  await checkAsyncProperty(
    fc.asyncProperty(cases, async ({ kind, objects, queries }) => {
      const store = new MemoryStore();
      await store.restoreTable(
        kind,
        objects.map((object, position) => ({ ...object, id: `${position}` })),
      );
      store.view((tx) => {
        for (const query of queries) {
          const by: By<never> = byOf(query);
          const find = (asked: By<never>) => () => tx.table(kind).find(asked as By<Kind>);
          for (const again of [finderOf(describeFinder(by)), finderOf(throughJson(describeFinder(by)))]) {
            expect(outcomeOf(find(again))).toEqual(outcomeOf(find(by)));
          }
        }
      });
    }),
  );
});

function outcomeOf(find: () => readonly { readonly id: string }[]): unknown {
  try {
    return find().map(({ id }) => id);
  } catch (error) {
    return (error as { readonly code: unknown }).code;
  }
}

test('[I26] finderOf names the fault of a description, its place and the way out', () => {
  const refused: readonly (readonly [unknown, string])[] = [
    [undefined, 'not by undefined'],
    [null, 'not by null'],
    ['byId', "not by 'byId'"],
    [[], 'not by an array'],
    [all, 'is a finder and no description'],
    [{}, 'by names a finder, not undefined; the finders are'],
    [Object.create({ by: 'all' }), 'by names a finder, not undefined'],
    [{ by: 'byNodeID', nodeId: 'n' }, "not 'byNodeID'; the finders are or, and, all, byId"],
    [{ by: 'toString' }, "not 'toString'"],
    [{ by: 'index', finder: 'byName', key: 'x', prefix: true }, "not 'index'"],
    [{ by: 'all', of: [] }, "all has no member 'of'; it has by"],
    [{ by: 'byNodeId', nodeId: 'n', kind: undefined }, "byNodeId has no member 'kind'; it has by, nodeId"],
    [{ by: 'byNodeId' }, 'byNodeId takes a string as nodeId, not undefined'],
    [{ by: 'byId', id: 5 }, 'byId takes a string as id, not the number 5'],
    [{ by: 'bySlot', serviceId: 's', slot: 'x' }, "bySlot takes an integer as slot, not 'x'"],
    [{ by: 'bySlot', serviceId: 's', slot: '1'.repeat(21) }, 'bySlot takes an integer as slot'],
    [{ by: 'bySlot', serviceId: 's', slot: 1.5 }, 'bySlot takes an integer as slot, not the number 1.5'],
    [{ by: 'byTaskState', state: 'RUNNING' }, "byTaskState takes an integer as state, not 'RUNNING'"],
    [{ by: 'or' }, 'or takes a list of descriptions as of, not undefined'],
    [{ by: 'and', of: {} }, 'and takes a list of descriptions as of, not an object'],
    [{ by: 'and', of: [], members: [] }, "and has no member 'members'; it has by, of"],
    [{ by: 'or', of: new Array<unknown>(1) }, 'of[0]: a finder is described by an object'],
    [{ by: 'or', of: [{ by: 'all' }, { by: 'and', of: [{ by: 'byId' }] }] }, 'of[1].of[0]: byId takes a string as id'],
  ];
  for (const [description, message] of refused) {
    expect(thrown(() => finderOf(description), 'ERR_INVALID_FIND_BY').message).toContain(message);
  }
});

test('[I26] finderOf takes 1,000 levels and refuses 1,001, or any more, with a typed error', () => {
  const store = new MemoryStore();
  const by = finderOf(nested(1000), 'task');
  expect(store.view((tx) => [tx.tasks.find(by), tx.tasks.count(by)])).toEqual([[], 0]);
  const endless: { by: 'or'; of: unknown[] } = { by: 'or', of: [] };
  endless.of.push(endless, endless);
  for (const description of [nested(1001), nested(1_000_000), endless]) {
    expect(thrown(() => finderOf(description), 'ERR_INVALID_FIND_BY').message).toContain('1000 levels');
  }
});

test('[I26] finderOf with a kind refuses what the table of that kind does not take', () => {
  expect(describeFinder(finderOf({ by: 'byNodeId', nodeId: 'n' }, 'task'))).toEqual({ by: 'byNodeId', nodeId: 'n' });
  const onNode = { by: 'or', of: [{ by: 'byNodeId', nodeId: 'n' }] };
  expect(thrown(() => finderOf(onNode, 'node'), 'ERR_INVALID_FIND_BY').message).toContain(
    'node does not take byNodeId',
  );
  expect(thrown(() => finderOf({ by: 'all' }, 'pod' as Kind), 'ERR_INVALID_FIND_BY').message).toContain(
    "no kind 'pod'",
  );
});
