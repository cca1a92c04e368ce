import fc from 'fast-check';
import type { Kinds, Kind, Selector } from 'swarmstate';
import type { ModelSelector } from '../../src/testing/model/model-watcher.ts';
import { descriptionOf } from '../../src/testing/model/query.ts';
import { byOf } from './finder-of-query.ts';
import { queryOf } from './random-queries.ts';

type Check = (object: Kinds[Kind], oldObject: Kinds[Kind] | undefined) => boolean;

const checks: readonly (Check | undefined)[] = [
  undefined,
  undefined,
  (object) => object.id.length < 2,
  (object, oldObject) => object.id > '2' || oldObject === undefined,
];

const objectSelector = (kind: Kind): fc.Arbitrary<ModelSelector> =>
  fc.record({
    kind: fc.constant(kind),
    action: fc.constantFrom(undefined, undefined, 'create' as const, 'update' as const, 'delete' as const),
    query: fc.option(queryOf(kind), { nil: undefined, freq: 6 }),
    check: fc.constantFrom(...checks),
  });

/** Selectors of a watch of these kinds: none, or up to three, and sometimes that of commits. */
export function selectorsOn(focus: readonly Kind[]): fc.Arbitrary<readonly ModelSelector[] | undefined> {
  const selector = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...focus).chain(objectSelector) },
    { weight: 1, arbitrary: fc.constant<ModelSelector>({ action: 'commit' }) },
  );
  return fc.option(fc.array(selector, { maxLength: 3 }), { nil: undefined, freq: 6 });
}

/** Turns a model's selectors into a store's. */
export function storeSelectors(given: readonly ModelSelector[] | undefined): readonly Selector[] | undefined {
  return given?.map((selector) => {
    if (selector.action === 'commit') return { action: 'commit' };
    const { kind, action, query, check } = selector;
    return { kind, action, check, by: query === undefined ? undefined : byOf(descriptionOf(query)) } as Selector;
  });
}
