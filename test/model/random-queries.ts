import fc from 'fast-check';
import type { FinderData, Kind, NodeRole, NodeSpecMembership, TaskState } from 'swarmstate';
import { ids, indexKeys, indexValues, names, references, resourceKinds, slots, states } from './random-objects.ts';

/** Strings with lone surrogates. */
const odd = fc.constantFrom('\ud83d', '\ud801', '\udc00', 'a\ud83d');
const withOdd = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 12, arbitrary: text }, { weight: 1, arbitrary: odd });

const common: fc.Arbitrary<FinderData>[] = [
  fc.constantFrom<FinderData>(
    { by: 'byIdPrefix', prefix: '' },
    { by: 'byNamePrefix', prefix: '' },
    { by: 'byCustomPrefix', index: 'k', prefix: '' },
  ),
  fc.constant({ by: 'all' }),
  withOdd(ids).map((id) => ({ by: 'byId', id })),
  withOdd(fc.oneof(ids, fc.constant(''))).map((prefix) => ({ by: 'byIdPrefix', prefix })),
  withOdd(names).map((name) => ({ by: 'byName', name })),
  fc.tuple(indexKeys, withOdd(indexValues)).map(([index, value]) => ({ by: 'byCustom', index, value })),
  fc.tuple(indexKeys, withOdd(indexValues)).map(([index, prefix]) => ({ by: 'byCustomPrefix', index, prefix })),
];
const namePrefix: fc.Arbitrary<FinderData> = withOdd(names).map((prefix) => ({ by: 'byNamePrefix', prefix }));
const byRuntime: fc.Arbitrary<FinderData> = fc
  .constantFrom('container', 'attachment', 'Container', 'a', 'i', 'σ', 'A')
  .map((runtime) => ({ by: 'byRuntime', runtime }));
const specs: fc.Arbitrary<FinderData>[] = [
  byRuntime,
  references.map((networkId) => ({ by: 'byReferencedNetworkId', networkId })),
  references.map((secretId) => ({ by: 'byReferencedSecretId', secretId })),
  references.map((configId) => ({ by: 'byReferencedConfigId', configId })),
];

/** Finders by the names of tasks without a name of their own. */
const derivedNames: fc.Arbitrary<FinderData> = fc
  .tuple(
    fc.constantFrom('byName' as const, 'byNamePrefix' as const),
    fc.constantFrom('', 'A', 'i'),
    fc.constantFrom('1', '2', 's', ''),
    fc.oneof(ids, fc.constant('')),
  )
  .map(([by, service, slot, id]) => {
    const name = `${service}.${slot}.${id}`;
    return by === 'byName' ? { by, name } : { by, prefix: name };
  });

/** For each function, an arbitrary of the descriptions that the function makes of a value. */
const described = <T>(values: fc.Arbitrary<T>, ...describe: ((value: T) => FinderData)[]): fc.Arbitrary<FinderData>[] =>
  describe.map((description) => values.map(description));

const ofTasks: fc.Arbitrary<FinderData>[] = [
  derivedNames,
  ...specs,
  ...described(
    references,
    (serviceId) => ({ by: 'byServiceId', serviceId }),
    (nodeId) => ({ by: 'byNodeId', nodeId }),
    (volumeId) => ({ by: 'byVolumeAttachment', volumeId }),
  ),
  fc.tuple(references, slots).map(([serviceId, slot]) => ({ by: 'bySlot', serviceId, slot })),
  // Some numbers are not values of the enum.
  ...described(
    states as fc.Arbitrary<TaskState>,
    (state) => ({ by: 'byDesiredState', state }),
    (state) => ({ by: 'byTaskState', state }),
  ),
];
const enumNumbers = fc.constantFrom<number>(0, 1, 5, -3);
const ofNodes = [
  ...described(enumNumbers as fc.Arbitrary<NodeRole>, (role) => ({ by: 'byRole', role })),
  ...described(enumNumbers as fc.Arbitrary<NodeSpecMembership>, (membership) => ({ by: 'byMembership', membership })),
];
const ofVolumes = described(
  references,
  (group) => ({ by: 'byVolumeGroup', group }),
  (driver) => ({ by: 'byDriver', driver }),
);
const ofResources = described(resourceKinds, (kind) => ({ by: 'byKind', kind }));

const own: { readonly [K in Kind]?: readonly fc.Arbitrary<FinderData>[] } = {
  task: [namePrefix, ...ofTasks],
  service: [namePrefix, ...specs],
  node: [namePrefix, ...ofNodes],
  volume: [namePrefix, ...ofVolumes],
  resource: [namePrefix, ...ofResources],
  extension: [],
};

/** The description of one finder, which the table takes most of the time. */
function leafOf(kind: Kind): fc.Arbitrary<FinderData> {
  const taken = fc.oneof(...common, ...(own[kind] ?? [namePrefix]));
  const any = fc.oneof(namePrefix, ...ofTasks, ...ofNodes, ...ofVolumes, ...ofResources);
  return fc.oneof({ weight: 25, arbitrary: taken }, { weight: 1, arbitrary: any });
}

/** A finder's description, sometimes a tree of `or` and `and`. */
export function queryOf(kind: Kind): fc.Arbitrary<FinderData> {
  const leaf = leafOf(kind);
  const branch = (members: fc.Arbitrary<FinderData>): fc.Arbitrary<FinderData> =>
    fc.record({ by: fc.constantFrom('or' as const, 'and' as const), of: fc.array(members, { maxLength: 4 }) });
  return fc.oneof(
    { weight: 5, arbitrary: leaf },
    { weight: 2, arbitrary: branch(leaf) },
    { weight: 1, arbitrary: branch(fc.oneof(leaf, branch(leaf))) },
  );
}

/** A finder that a state is asked for. */
export interface Question {
  readonly kind: Kind;
  readonly query: FinderData;
}

/** Questions about objects of these kinds. */
export function questionsOn(focus: readonly Kind[]): fc.Arbitrary<Question> {
  return fc.constantFrom(...focus).chain((kind) => queryOf(kind).map((query) => ({ kind, query })));
}
