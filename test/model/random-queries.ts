import fc from 'fast-check';
import type { Kind } from 'swarmstate';
import type { Query } from '../../src/testing/model/query.ts';
import { ids, indexKeys, indexValues, names, references, resourceKinds, slots, states } from './random-objects.ts';

/** Also such as are no whole letters: halves of what UTF-16 needs two units for. */
const odd = fc.constantFrom('\ud83d', '\ud801', '\udc00', 'a\ud83d');
const withOdd = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 12, arbitrary: text }, { weight: 1, arbitrary: odd });

const common: fc.Arbitrary<Query>[] = [
  fc.constantFrom<Query>(
    { by: 'byIdPrefix', prefix: '' },
    { by: 'byNamePrefix', value: '' },
    { by: 'byCustomPrefix', index: 'k', prefix: '' },
  ),
  fc.constant({ by: 'all' }),
  withOdd(ids).map((id) => ({ by: 'byId', id })),
  withOdd(fc.oneof(ids, fc.constant(''))).map((prefix) => ({ by: 'byIdPrefix', prefix })),
  withOdd(names).map((value) => ({ by: 'byName', value })),
  fc.tuple(indexKeys, withOdd(indexValues)).map(([index, value]) => ({ by: 'byCustom', index, value })),
  fc.tuple(indexKeys, withOdd(indexValues)).map(([index, prefix]) => ({ by: 'byCustomPrefix', index, prefix })),
];
const namePrefix: fc.Arbitrary<Query> = withOdd(names).map((value) => ({ by: 'byNamePrefix', value }));
const text = (by: 'byServiceId', values: fc.Arbitrary<string> = references): fc.Arbitrary<Query> =>
  values.map((value) => ({ by, value }));
const texts = (...finders: string[]): fc.Arbitrary<Query>[] => finders.map((by) => text(by as 'byServiceId'));
const byRuntime: fc.Arbitrary<Query> = fc
  .constantFrom('container', 'attachment', 'Container', 'a', 'i', 'σ', 'A')
  .map((value) => ({ by: 'byRuntime', value }));
const specs = [byRuntime, ...texts('byReferencedNetworkId', 'byReferencedSecretId', 'byReferencedConfigId')];

/** The names of tasks that have none of their own. */
const derivedNames: fc.Arbitrary<Query> = fc
  .tuple(
    fc.constantFrom('byName' as const, 'byNamePrefix' as const),
    fc.constantFrom('', 'A', 'i'),
    fc.constantFrom('1', '2', 's', ''),
    fc.oneof(ids, fc.constant('')),
  )
  .map(([by, service, place, id]) => ({ by, value: `${service}.${place}.${id}` }));

const ofTasks: fc.Arbitrary<Query>[] = [
  derivedNames,
  ...specs,
  ...texts('byServiceId', 'byNodeId', 'byVolumeAttachment'),
  fc.tuple(references, slots).map(([serviceId, slot]) => ({ by: 'bySlot', serviceId, slot })),
  fc.tuple(fc.constantFrom('byDesiredState', 'byTaskState'), states).map(([by, value]) => ({ by, value })),
];
const ofNodes: fc.Arbitrary<Query>[] = [
  fc
    .tuple(fc.constantFrom('byRole', 'byMembership'), fc.constantFrom(0, 1, 5, -3))
    .map(([by, value]) => ({ by, value })),
];
const ofVolumes = texts('byVolumeGroup', 'byDriver');
const ofResources = [text('byKind' as 'byServiceId', resourceKinds)];

const own: { readonly [K in Kind]?: readonly fc.Arbitrary<Query>[] } = {
  task: [namePrefix, ...ofTasks],
  service: [namePrefix, ...specs],
  node: [namePrefix, ...ofNodes],
  volume: [namePrefix, ...ofVolumes],
  resource: [namePrefix, ...ofResources],
  extension: [],
};

/** A query of one finder that the table takes, seldom one that it does not. */
function leafOf(kind: Kind): fc.Arbitrary<Query> {
  const taken = fc.oneof(...common, ...(own[kind] ?? [namePrefix]));
  const any = fc.oneof(namePrefix, ...ofTasks, ...ofNodes, ...ofVolumes, ...ofResources);
  return fc.oneof({ weight: 25, arbitrary: taken }, { weight: 1, arbitrary: any });
}

/** A query, up to trees of `or` and `and`. */
export function queryOf(kind: Kind): fc.Arbitrary<Query> {
  const leaf = leafOf(kind);
  const branch = (members: fc.Arbitrary<Query>): fc.Arbitrary<Query> =>
    fc.record({ by: fc.constantFrom('or' as const, 'and' as const), members: fc.array(members, { maxLength: 4 }) });
  return fc.oneof(
    { weight: 5, arbitrary: leaf },
    { weight: 2, arbitrary: branch(leaf) },
    { weight: 1, arbitrary: branch(fc.oneof(leaf, branch(leaf))) },
  );
}

/** A question to a state. */
export interface Question {
  readonly kind: Kind;
  readonly query: Query;
}

/** Questions about objects of these kinds. */
export function questionsOn(focus: readonly Kind[]): fc.Arbitrary<Question> {
  return fc.constantFrom(...focus).chain((kind) => queryOf(kind).map((query) => ({ kind, query })));
}
