import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryStore } from 'swarmstate';
import type { FinderData, Kind, StoreSnapshotInput } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { ask, compareContents } from '../model/pair.ts';
import { fieldsOf, focuses } from '../model/random-objects.ts';
import { queryOf } from '../model/random-queries.ts';
import type { Question } from '../model/random-queries.ts';
import { tableNames } from '../../src/testing/model/kinds.ts';
import { ModelStore } from '../../src/testing/model/model-store.ts';
import { checkAsyncProperty } from '../support/property.ts';

/** Many objects of one kind, so that keys are shared, and questions about them. */
const fullTables = focuses
  .chain((focus) => fc.constantFrom(...focus))
  .chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      before: fc.array(fieldsOf(kind), { minLength: 5, maxLength: 40 }),
      after: fc.array(fieldsOf(kind), { maxLength: 40 }),
      // Ids in an order that is not theirs.
      stride: fc.constantFrom(1, 7, 11),
      questions: fc.array(
        queryOf(kind).map((query): Question => ({ kind, query })),
        { minLength: 10, maxLength: 25 },
      ),
    }),
  );

function snapshotOf(kind: Kind, objects: readonly object[], stride: number): StoreSnapshotInput {
  const inputs = objects.map((object, n) => ({ ...object, id: idOf((n * stride) % 41) }));
  return { [tableNames[kind]]: inputs };
}

const letters = ['a', 'B', '\ufffd', '\u{1f600}', '\0', '|'];

function idOf(number: number): string {
  return `${letters[number % letters.length] ?? ''}${number}`;
}

test('[I3][I4][I5][I16][I17][I19][I20][I21][S4][T24] finders give what a scan does, also on a snapshot', async () => {
  await checkAsyncProperty(
    fc.asyncProperty(fullTables, async ({ kind, before, after, stride, questions }) => {
      const store = new MemoryStore();
      const model = new ModelStore();
      await store.restore(snapshotOf(kind, before, stride));
      model.restore(snapshotOf(kind, before, stride));
      const held = model.contents;
      using snapshot = store.snapshot();
      // Asked before the write as well, so that later answers could come from what was kept.
      for (const question of questions) store.view((tx) => ask(tx, model.contents, question));
      await store.restore(snapshotOf(kind, after, stride));
      model.restore(snapshotOf(kind, after, stride));
      for (const question of questions) {
        store.view((tx) => ask(tx, model.contents, question));
        ask(snapshot, held, question);
      }
      compareContents(snapshot, held);
    }),
    { numRuns: 80 },
  );
});

test('[S2][S3] saved contents restore to the same bytes, and restoring them again changes nothing', async () => {
  await checkAsyncProperty(
    fc.asyncProperty(fullTables, async ({ kind, before, after, stride }) => {
      const [one, other] = [new MemoryStore(), new MemoryStore()];
      await one.restore(snapshotOf(kind, before, stride));
      await other.restore(snapshotOf(kind, after, stride));
      const bytes = StoreSnapshot.encode(one.save());
      const commits = other.watch({ limit: Infinity }).commits();
      await other.restore(StoreSnapshot.decode(bytes));
      expect(StoreSnapshot.encode(other.save())).toEqual(bytes);
      const saved = other.save();
      await other.restore(StoreSnapshot.decode(bytes));
      await other.restore(saved);
      expect(other.save()).toEqual(saved);
      await other.close();
      const { value, done } = await commits.next();
      if (done !== true) {
        expect(value.events.length).toBeGreaterThan(0);
        expect((await commits.next()).done).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

/** Changes of one field each that some key of a task depends on. */
const taskChanges: readonly object[] = [
  { slot: 2 },
  { slot: 0 },
  { nodeId: 'm' },
  { serviceId: 'r' },
  { serviceAnnotations: { name: 'db' } },
  { annotations: { name: 'own' } },
  { annotations: { indices: [{ key: 'k', val: 'w' }] } },
  { desiredState: 512 },
  { status: { state: 640 } },
  { spec: { container: { secrets: [{ secretId: 'x' }], configs: [{ configId: 'y' }] }, networks: [{ target: 'z' }] } },
  { spec: { generic: { kind: 'GPU' } } },
  { volumes: [{ id: 'v' }] },
];

test('[I21][I8][I11] a change of any one field moves a task from its old keys to the new ones', async () => {
  for (const slot of [0, 1]) {
    for (const change of taskChanges) {
      const base = { id: 't', slot, nodeId: 'n', serviceId: 's', serviceAnnotations: { name: 'web' } };
      const store = new MemoryStore();
      const model = new ModelStore();
      // A neighbour that shares all keys.
      const inputs = [base, { ...base, id: 'u' }];
      await store.update((tx) => inputs.forEach((input) => void tx.tasks.create(input)));
      model.update((tx) => inputs.forEach((input) => void tx.tasks.create(input)));
      await store.update((tx) => tx.tasks.modify('t', (draft) => Object.assign(draft, change)));
      model.update((tx) => tx.tasks.modify('t', (draft) => Object.assign(draft, change)));
      const places = ['0', '1', '2', 'n', 'm'].flatMap((place) => ['web', 'db'].map((name) => `${name}.${place}.t`));
      const queries: FinderData[] = [
        ...[...places, 'own'].map((name): FinderData => ({ by: 'byName', name })),
        ...[0n, 1n, 2n].flatMap((wanted) =>
          ['s', 'r'].map((serviceId): FinderData => ({ by: 'bySlot', serviceId, slot: wanted })),
        ),
        ...['n', 'm'].map((nodeId): FinderData => ({ by: 'byNodeId', nodeId })),
        ...['s', 'r'].map((serviceId): FinderData => ({ by: 'byServiceId', serviceId })),
        ...([0, 512] as const).map((state): FinderData => ({ by: 'byDesiredState', state })),
        ...([0, 640] as const).map((state): FinderData => ({ by: 'byTaskState', state })),
        ...['container', 'gpu'].map((runtime): FinderData => ({ by: 'byRuntime', runtime })),
        { by: 'byReferencedSecretId', secretId: 'x' },
        { by: 'byReferencedConfigId', configId: 'y' },
        { by: 'byReferencedNetworkId', networkId: 'z' },
        { by: 'byVolumeAttachment', volumeId: 'v' },
        { by: 'byCustom', index: 'k', value: 'w' },
        { by: 'byNamePrefix', prefix: '' },
      ];
      store.view((tx) => {
        compareContents(tx, model.contents);
        for (const query of queries) ask(tx, model.contents, { kind: 'task', query });
      });
    }
  }
});
