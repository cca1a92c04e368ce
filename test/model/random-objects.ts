import fc from 'fast-check';
import type { Kind, KindInputs } from 'swarmstate';
import { kinds } from '../../src/testing/model/kinds.ts';

const manyNames: fc.Arbitrary<string> = fc.constantFrom(
  ...[
    '',
    'a',
    'A',
    'ab',
    'aB',
    'i',
    'İ',
    'σ',
    'Σ',
    'ς',
    'aΣ',
    'aσ',
    'aΣb',
    'a\0',
    'a\0b',
    'a|',
    'a|b',
    'node',
    'Task',
    '\u{10400}',
    '\u{10428}',
    '\ufffd',
  ],
);

/**
 * Few values, so that objects share them: letters in both cases, letters with unusual folding, and separators. Some
 * values have another order in UTF-16 than in UTF-8.
 */
export const names: fc.Arbitrary<string> = fc.oneof(fc.constantFrom('a', 'A', ''), manyNames);

/** Few ids, without the empty one, which writes refuse and replays accept. */
export const ids: fc.Arbitrary<string> = fc.constantFrom('1', '10', '\u{1f600}', '\ufffd', 'a', 'A');

/** Ids in fields that refer to other objects. */
export const references: fc.Arbitrary<string> = fc.constantFrom('', 's', 's1', 's\0');

/** The kinds of resources. Some are the names of extensions. */
export const resourceKinds: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('a', 'A'),
  fc.constantFrom('a', 'A', 'i', 'İ', 'σ', 'Σ', '', 'Task', 'node'),
);

/** Slots up to the largest. */
export const slots: fc.Arbitrary<number | bigint> = fc.constantFrom(0, 1, 12, 2n ** 53n, 2n ** 64n - 1n, 1n);

/** Task states, some of them unknown to this release. */
export const states: fc.Arbitrary<number> = fc.constantFrom(0, 64, 512, 640, 7, -1);

const some = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(item, { maxLength: 2 });
const partial = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> =>
  fc.record(model, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;

/** Keys and values of custom indices. */
export const indexKeys: fc.Arbitrary<string> = fc.constantFrom('k', 'k|', '', '1:k');
export const indexValues: fc.Arbitrary<string> = fc.constantFrom('', 'v', 'v1', 'v|', 'v\0', '\u{1f600}', '\ufffd');

const annotations = partial({
  name: names,
  labels: fc.dictionary(fc.constantFrom('l', '__proto__', ''), fc.constantFrom('', 'x'), {
    maxKeys: 2,
    noNullPrototype: false,
  }),
  indices: some(fc.record({ key: indexKeys, val: indexValues })),
});
const spec = partial({ annotations });
const container = partial({
  image: fc.constantFrom('', 'img'),
  secrets: some(fc.record({ secretId: references })),
  configs: some(fc.record({ configId: references })),
});
const networks = some(fc.record({ target: references }));
const taskSpec = fc.oneof(
  partial({ networks }),
  partial({ networks, container }),
  partial({ networks, attachment: fc.constant({ containerId: 'c' }) }),
  partial({ networks, generic: fc.record({ kind: names }) }),
);
const meta = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant({ version: { index: 2n ** 60n }, createdAt: { seconds: 7 } }) },
);

/** The fields of each kind, without id and meta. */
const fields: { readonly [K in Kind]: fc.Arbitrary<object> } = {
  cluster: fc.record({ spec }),
  config: fc.record({ spec: partial({ annotations, data: fc.uint8Array({ maxLength: 2 }) }) }),
  extension: fc.record({ annotations: partial({ name: resourceKinds }) }),
  network: fc.record({ spec }),
  node: partial({
    spec: partial({ annotations, membership: fc.constantFrom(0, 1, 5) }),
    description: partial({ hostname: names }),
    role: fc.constantFrom(0, 1, -3),
  }),
  resource: fc.record({ annotations, kind: resourceKinds }),
  secret: fc.record({ spec: partial({ annotations, data: fc.uint8Array({ maxLength: 2 }) }) }),
  service: fc.record({ spec: partial({ annotations, task: taskSpec, networks }) }),
  task: partial({
    spec: taskSpec,
    serviceId: references,
    slot: slots,
    nodeId: references,
    annotations,
    serviceAnnotations: partial({ name: names }),
    status: partial({ state: states }),
    desiredState: states,
    networks: some(fc.record({ addresses: some(fc.constantFrom('10.0.0.1', '10.0.0.2')) })),
    logDriver: partial({ name: fc.constantFrom('', 'syslog') }),
    volumes: some(fc.record({ id: references })),
  }),
  volume: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        spec: partial({ annotations, group: references, driver: partial({ name: references }) }).map((it) => ({
          driver: {},
          ...it,
        })),
      }),
    },
    { weight: 1, arbitrary: fc.record({ spec }) },
  ),
};

/**
 * The kinds of a program's objects: few, so that its calls touch the same objects. Kinds with rules and indexes of
 * their own come more often, and tasks most often.
 */
export const focuses: fc.Arbitrary<readonly Kind[]> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Kind[]>(['task']) },
  { weight: 2, arbitrary: fc.constant<Kind[]>(['service']) },
  { weight: 3, arbitrary: fc.constant<Kind[]>(['extension', 'resource']) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Kind[]>(
      ['task', 'service'],
      ['node'],
      ['volume'],
      ['secret', 'cluster', 'network', 'config'],
    ),
  },
  { weight: 1, arbitrary: fc.constant(kinds) },
);

/** Fields of an object, without its id. */
export function fieldsOf(kind: Kind): fc.Arbitrary<object> {
  return fields[kind];
}

/** An object as a user gives it. A few are refused. */
export function inputOf<K extends Kind>(kind: K): fc.Arbitrary<KindInputs[K]> {
  const good = fc.tuple(ids, fields[kind], meta).map(([id, rest, given]) => ({ ...rest, id, meta: given }));
  const bad = fc
    .tuple(good, fc.constantFrom({ id: '' }, { nonsense: 1 }, { id: 5 }, { meta: { version: { index: -1 } } }))
    .map(([input, fault]) => ({ ...input, ...fault }));
  return fc.oneof({ weight: 25, arbitrary: good }, { weight: 1, arbitrary: bad }) as unknown as fc.Arbitrary<
    KindInputs[K]
  >;
}

/** An object of a snapshot or a log, whose id may be empty. */
export function replayedOf<K extends Kind>(kind: K): fc.Arbitrary<KindInputs[K]> {
  return fc
    .tuple(fc.oneof({ weight: 6, arbitrary: ids }, { weight: 1, arbitrary: fc.constant('') }), fields[kind], meta)
    .map(([id, rest, given]) => ({ ...rest, id, meta: given })) as unknown as fc.Arbitrary<KindInputs[K]>;
}
