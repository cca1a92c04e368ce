import fc from 'fast-check';
import type { Kind, KindInputs, StoreActionInput, StoreSnapshotInput } from 'swarmstate';
import { kinds, tableNames } from '../../src/testing/model/kinds.ts';
import { fieldsOf, ids, indexKeys, indexValues, inputOf, replayedOf } from './random-objects.ts';
import { questionsOn } from './random-queries.ts';
import type { Question } from './random-queries.ts';

/** One call inside a write callback. */
export type Operation =
  | { readonly op: 'create' | 'update'; readonly kind: Kind; readonly input: KindInputs[Kind] }
  | { readonly op: 'assign'; readonly kind: Kind; readonly id: string; readonly values: object }
  | { readonly op: 'edit'; readonly kind: Kind; readonly id: string; readonly key: string; readonly val: string }
  | { readonly op: 'delete'; readonly kind: Kind; readonly id: string }
  | { readonly op: 'repeat'; readonly id: string; readonly times: number }
  | { readonly op: 'find'; readonly question: Question };

/** A write callback: its calls, whether it catches their errors, and whether it throws at its end. */
export interface Step {
  readonly operations: readonly Operation[];
  readonly swallows: boolean;
  readonly fails: boolean;
}

/** One call of a method of a store. */
export type Command =
  | { readonly do: 'update'; readonly step: Step }
  | { readonly do: 'update inside a view'; readonly step: Step }
  | { readonly do: 'batch'; readonly steps: readonly (Step & { readonly outside: boolean })[]; readonly fails: boolean }
  | { readonly do: 'restore'; readonly snapshot: StoreSnapshotInput }
  | { readonly do: 'restoreTable'; readonly kind: Kind; readonly objects: readonly KindInputs[Kind][] }
  | { readonly do: 'applyStoreActions'; readonly actions: readonly StoreActionInput[] }
  | { readonly do: 'apply'; readonly events: readonly object[] }
  | { readonly do: 'hold'; readonly how: 'snapshot' | 'view'; readonly question: Question }
  | { readonly do: 'release'; readonly which: number }
  | { readonly do: 'follow' }
  | { readonly do: 'ask'; readonly questions: readonly Question[] };

/** Arbitraries of programs on objects of the same kinds. */
export interface Programs {
  readonly commands: fc.Arbitrary<Command>;
  /** Commands that write at most one transaction. */
  readonly writes: fc.Arbitrary<Command>;
}

/** Random programs on objects of these kinds. */
export function programsOn(focus: readonly Kind[]): Programs {
  const anyKind = fc.constantFrom(...focus);
  const questions = questionsOn(focus);

  const operation: fc.Arbitrary<Operation> = fc.oneof(
    {
      weight: 8,
      arbitrary: anyKind.chain((kind) => inputOf(kind).map((input) => ({ op: 'create' as const, kind, input }))),
    },
    {
      weight: 4,
      arbitrary: anyKind.chain((kind) => inputOf(kind).map((input) => ({ op: 'update' as const, kind, input }))),
    },
    {
      weight: 3,
      arbitrary: anyKind.chain((kind) =>
        fc.record({
          op: fc.constant('assign' as const),
          kind: fc.constant(kind),
          id: ids,
          values: fc.oneof(
            { weight: 5, arbitrary: fieldsOf(kind) },
            {
              weight: 5,
              arbitrary: fc
                .tuple(fieldsOf(kind), fc.nat())
                .map(([fields, n]) =>
                  Object.fromEntries(Object.entries(fields).filter((_, position, all) => position === n % all.length)),
                ),
            },
            { weight: 1, arbitrary: inputOf(kind) },
          ),
        }),
      ),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constant('edit' as const),
        kind: anyKind,
        id: ids,
        key: indexKeys,
        val: indexValues,
      }),
    },
    { weight: 3, arbitrary: fc.record({ op: fc.constant('delete' as const), kind: anyKind, id: ids }) },
    {
      weight: 1,
      arbitrary: fc.record({ op: fc.constant('repeat' as const), id: ids, times: fc.constantFrom(1, 90, 100, 199) }),
    },
    { weight: 2, arbitrary: questions.map((question) => ({ op: 'find' as const, question })) },
  );

  const steps: fc.Arbitrary<Step> = fc.record({
    operations: fc.array(operation, { maxLength: 6 }),
    swallows: fc.boolean(),
    fails: fc.integer({ min: 0, max: 5 }).map((number) => number === 0),
  });

  const snapshots: fc.Arbitrary<StoreSnapshotInput> = fc.record(
    Object.fromEntries(kinds.map((kind) => [tableNames[kind], fc.array(replayedOf(kind), { maxLength: 4 })])),
    { requiredKeys: [] },
  );

  const action: fc.Arbitrary<StoreActionInput> = fc.oneof(
    {
      weight: 20,
      arbitrary: anyKind.chain((kind) =>
        fc
          .tuple(fc.constantFrom(1, 1, 1, 2, 3), replayedOf(kind))
          .map(([number, object]) => ({ action: number, [kind]: object })),
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom<StoreActionInput>({ action: 1 }, { action: 0, node: { id: 'a' } }) },
  );

  const event: fc.Arbitrary<object> = fc.oneof(
    {
      weight: 15,
      arbitrary: anyKind.chain((kind) =>
        fc.record({
          action: fc.constantFrom('create', 'create', 'update', 'delete'),
          kind: fc.constant(kind),
          object: replayedOf(kind),
        }),
      ),
    },
    { weight: 1, arbitrary: fc.constant({ action: 'commit' }) },
  );

  const writes: fc.Arbitrary<Command> = fc.oneof(
    { weight: 12, arbitrary: steps.map((step) => ({ do: 'update' as const, step })) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const), snapshot: snapshots }) },
    {
      weight: 1,
      arbitrary: anyKind.chain((kind) =>
        fc.record({
          do: fc.constant('restoreTable' as const),
          kind: fc.constant(kind),
          objects: fc.array(replayedOf(kind), { maxLength: 4 }),
        }),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('applyStoreActions' as const),
        actions: fc.array(action, { maxLength: 4 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('apply' as const), events: fc.array(event, { maxLength: 4 }) }),
    },
  );

  const commands: fc.Arbitrary<Command> = fc.oneof(
    { weight: 10, arbitrary: writes },
    { weight: 1, arbitrary: steps.map((step) => ({ do: 'update inside a view' as const, step })) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('batch' as const),
        steps: fc.array(
          fc.tuple(steps, fc.integer({ min: 0, max: 4 })).map(([step, number]) => ({ ...step, outside: number === 0 })),
          { maxLength: 5 },
        ),
        fails: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('hold' as const),
        how: fc.constantFrom('snapshot' as const, 'view' as const),
        question: questions,
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), which: fc.nat({ max: 3 }) }) },
    { weight: 1, arbitrary: fc.constant({ do: 'follow' as const }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('ask' as const),
        questions: fc.array(questions, { minLength: 4, maxLength: 12 }),
      }),
    },
  );

  return { commands, writes };
}
