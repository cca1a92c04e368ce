import { expect, test } from '@jest/globals';
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
  matches,
  or,
} from 'swarmstate';
import type { By, Kind, Kinds, ReadTx } from 'swarmstate';
import { thrown } from '../support/store-helpers.ts';

/** The kinds whose tables take a finder at compile time. */
type Taken<B> = { [K in Kind]: [B] extends [By<K>] ? K : never }[Kind];
type Exactly<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;

type Named = Kind;
type Specified = 'service' | 'task';

/** Compiles only if the kinds that take each finder are exactly these. */
const taken: { readonly [name: string]: true } = {
  all: true satisfies Exactly<Taken<typeof all>, Kind>,
  byId: true satisfies Exactly<Taken<ReturnType<typeof byId>>, Kind>,
  byIdPrefix: true satisfies Exactly<Taken<ReturnType<typeof byIdPrefix>>, Kind>,
  byName: true satisfies Exactly<Taken<ReturnType<typeof byName>>, Named>,
  byNamePrefix: true satisfies Exactly<Taken<ReturnType<typeof byNamePrefix>>, Exclude<Kind, 'extension'>>,
  byCustom: true satisfies Exactly<Taken<ReturnType<typeof byCustom>>, Kind>,
  byCustomPrefix: true satisfies Exactly<Taken<ReturnType<typeof byCustomPrefix>>, Kind>,
  byRuntime: true satisfies Exactly<Taken<ReturnType<typeof byRuntime>>, Specified>,
  byReferencedNetworkId: true satisfies Exactly<Taken<ReturnType<typeof byReferencedNetworkId>>, Specified>,
  byReferencedSecretId: true satisfies Exactly<Taken<ReturnType<typeof byReferencedSecretId>>, Specified>,
  byReferencedConfigId: true satisfies Exactly<Taken<ReturnType<typeof byReferencedConfigId>>, Specified>,
  byServiceId: true satisfies Exactly<Taken<ReturnType<typeof byServiceId>>, 'task'>,
  byNodeId: true satisfies Exactly<Taken<ReturnType<typeof byNodeId>>, 'task'>,
  bySlot: true satisfies Exactly<Taken<ReturnType<typeof bySlot>>, 'task'>,
  byDesiredState: true satisfies Exactly<Taken<ReturnType<typeof byDesiredState>>, 'task'>,
  byTaskState: true satisfies Exactly<Taken<ReturnType<typeof byTaskState>>, 'task'>,
  byVolumeAttachment: true satisfies Exactly<Taken<ReturnType<typeof byVolumeAttachment>>, 'task'>,
  byRole: true satisfies Exactly<Taken<ReturnType<typeof byRole>>, 'node'>,
  byMembership: true satisfies Exactly<Taken<ReturnType<typeof byMembership>>, 'node'>,
  byKind: true satisfies Exactly<Taken<ReturnType<typeof byKind>>, 'resource'>,
  byVolumeGroup: true satisfies Exactly<Taken<ReturnType<typeof byVolumeGroup>>, 'volume'>,
  byDriver: true satisfies Exactly<Taken<ReturnType<typeof byDriver>>, 'volume'>,
};

const kindNames: readonly Kind[] = [
  'cluster',
  'config',
  'extension',
  'network',
  'node',
  'resource',
  'secret',
  'service',
  'task',
  'volume',
];

/** The same finders, with the kinds that take them at run time. */
const samples: { readonly [name: string]: readonly [By<never>, readonly Kind[]] } = {
  all: [all, kindNames],
  byId: [byId('x'), kindNames],
  byIdPrefix: [byIdPrefix('x'), kindNames],
  byName: [byName('x'), kindNames],
  byNamePrefix: [byNamePrefix('x'), kindNames.filter((kind) => kind !== 'extension')],
  byCustom: [byCustom('x', 'y'), kindNames],
  byCustomPrefix: [byCustomPrefix('x', 'y'), kindNames],
  byRuntime: [byRuntime('x'), ['service', 'task']],
  byReferencedNetworkId: [byReferencedNetworkId('x'), ['service', 'task']],
  byReferencedSecretId: [byReferencedSecretId('x'), ['service', 'task']],
  byReferencedConfigId: [byReferencedConfigId('x'), ['service', 'task']],
  byServiceId: [byServiceId('x'), ['task']],
  byNodeId: [byNodeId('x'), ['task']],
  bySlot: [bySlot('x', 1n), ['task']],
  byDesiredState: [byDesiredState(TaskState.RUNNING), ['task']],
  byTaskState: [byTaskState(TaskState.RUNNING), ['task']],
  byVolumeAttachment: [byVolumeAttachment('x'), ['task']],
  byRole: [byRole(NodeRole.MANAGER), ['node']],
  byMembership: [byMembership(NodeSpecMembership.ACCEPTED), ['node']],
  byKind: [byKind('x'), ['resource']],
  byVolumeGroup: [byVolumeGroup('x'), ['volume']],
  byDriver: [byDriver('x'), ['volume']],
};

test('[I1] a finder is taken by the same tables at compile time and at run time', () => {
  expect(Object.keys(samples)).toEqual(expect.arrayContaining(Object.keys(taken)));
  expect(Object.keys(samples)).toHaveLength(Object.keys(taken).length);
  new MemoryStore().view((tx) => {
    for (const [by, kinds] of Object.values(samples)) {
      for (const kind of kindNames) {
        const find = (): unknown => tx.table(kind).find(by as By<Kind>);
        if (kinds.includes(kind)) expect(find()).toEqual([]);
        else thrown(find, 'ERR_INVALID_FIND_BY');
      }
    }
  });
});

test('[I1] the types of or and and are taken by the kinds that take all their members', () => {
  true satisfies Exactly<Taken<ReturnType<typeof mixed>>, 'task'>;
  const mixed = (): By<'task'> => or(byName('x'), byNodeId('y'), and(byRuntime('z'), byIdPrefix('w')));
  const services: By<'service'> = and(byRuntime('x'), or(byName('y'), all));
  const everybody: By<Kind> = or(all, byId('x'), byName('y'));
  const dynamic: readonly By<'task'>[] = ['a', 'b'].map(byNodeId);
  const spread: By<'task'> = or(...dynamic, byServiceId('s'));
  // @ts-expect-error -- volumes have no runtime
  const volumes: By<'volume'> = and(byDriver('x'), byRuntime('y'));
  // @ts-expect-error -- no kind takes both members of or
  const nobody: By<'node' | 'task'> = or(byRole(NodeRole.MANAGER), byNodeId('x'));
  // @ts-expect-error -- no kind takes both members of and
  const noTask: By<'task'> = and(byRole(NodeRole.MANAGER), byNodeId('x'));
  const empty: By<Kind> = or();
  new MemoryStore().view((tx) => {
    expect(tx.tasks.find(or(mixed(), spread))).toEqual([]);
    expect(tx.services.count(services)).toBe(0);
    expect(tx.secrets.count(or(everybody, empty))).toBe(0);
    thrown(() => tx.volumes.find(volumes), 'ERR_INVALID_FIND_BY');
    thrown(() => tx.nodes.find(nobody), 'ERR_INVALID_FIND_BY');
    thrown(() => tx.tasks.find(noTask), 'ERR_INVALID_FIND_BY');
  });
});

test('[I1][I2] tables refuse other tables’ finders and values that are none, at compile time and at run time', () => {
  const mistakes = (tx: ReadTx): (() => unknown)[] => [
    // @ts-expect-error -- nodes are not on nodes
    () => tx.nodes.find(byNodeId('x')),
    // @ts-expect-error -- extensions have no byNamePrefix
    () => tx.extensions.count(byNamePrefix('x')),
    // @ts-expect-error -- secrets have no kind
    () => tx.secrets.iterate(byKind('x')),
    // @ts-expect-error -- networks have no driver, in a member of or either
    () => tx.networks.find(or(byName('x'), byDriver('y'))),
    // @ts-expect-error -- a string is no finder
    () => tx.tasks.find('x'),
    // @ts-expect-error -- a description is no finder
    () => tx.tasks.find({ by: 'all' }),
    // @ts-expect-error -- a function that makes finders is no finder
    () => tx.tasks.find(byId),
    // @ts-expect-error -- find needs a finder; all is one
    () => tx.tasks.find(),
    // @ts-expect-error -- a name is a string
    () => tx.tasks.find(byName(5)),
    // @ts-expect-error -- a slot is a number
    () => tx.tasks.find(bySlot('x', '5')),
    // @ts-expect-error -- services have no attached volumes
    () => matches(byVolumeAttachment('x'), 'service', {} as Kinds['service']),
  ];
  new MemoryStore().view((tx) => {
    for (const mistake of mistakes(tx)) thrown(mistake, 'ERR_INVALID_FIND_BY');
  });
});
