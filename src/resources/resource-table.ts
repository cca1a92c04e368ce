import type { Draft } from 'immer';
import { StoreError } from '../errors/store-error.ts';
import { editValue } from '../model/edit.ts';
import type { By } from '../model/find/finder.ts';
import { and, byKind } from '../model/find/finders.ts';
import type { Tx } from '../store/transaction/tx.ts';
import { named } from './typed-resource.ts';
import type { ResourceConverter, TypedResource, TypedResourceInput } from './typed-resource.ts';

/** The objects of a defined kind, to read. */
export interface ResourceTable<T> {
  /** The object with that id; undefined also where the id belongs to another kind. O(1). */
  get(id: string): TypedResource<T> | undefined;
  /** The objects of this kind that a finder of resources finds, or all of them. Costs what the finder costs. */
  find(by?: By<'resource'>): readonly TypedResource<T>[];
  count(by?: By<'resource'>): number;
}

/**
 * The objects of a defined kind, in a transaction that writes. The rules and errors are those of the table of
 * resources. `update`, `modify` and `delete` throw `ERR_NOT_EXIST` also where the id belongs to another kind.
 */
export interface WritableResourceTable<T, In = T> extends ResourceTable<T> {
  create(input: TypedResourceInput<In>): TypedResource<T>;
  /** An update to an equal value, with equal annotations, changes nothing, whatever the order of members is. */
  update(input: TypedResourceInput<In>): TypedResource<T>;
  /** Edits the value by an immer recipe. The value has to be plain data. The name stays as it is. */
  modify(id: string, recipe: (value: Draft<T>) => void): TypedResource<T>;
  delete(id: string): void;
}

/** A typed table on top of the table of resources of one transaction. */
export function resourceTable<T, In>(
  resources: Tx['resources'],
  converter: ResourceConverter<T, In>,
): WritableResourceTable<T, In> {
  const { kind } = converter;
  const get = (id: string): TypedResource<T> | undefined => {
    const resource = resources.get(id);
    return resource?.kind === kind ? converter.toTyped(resource) : undefined;
  };
  const existing = (id: string): TypedResource<T> => {
    const found = get(id);
    if (found !== undefined) return found;
    throw new StoreError(
      'ERR_NOT_EXIST',
      `there is no resource ${id} of kind '${kind}'; it may have been deleted meanwhile`,
      { kind: 'resource', id },
    );
  };
  const finder = (by: By<'resource'> | undefined): By<'resource'> =>
    by === undefined ? byKind(kind) : and(by, byKind(kind));
  return {
    get,
    find: (by) => Object.freeze(resources.find(finder(by)).map((resource) => converter.toTyped(resource))),
    count: (by) => resources.count(finder(by)),
    create: (input) => converter.toTyped(resources.create(converter.toInput(named(input)))),
    update: (input) => {
      const stored = existing(input.id);
      return converter.toTyped(resources.update(converter.toInput(named(input), stored)));
    },
    modify: (id, recipe) => {
      const stored = existing(id);
      const { value, annotations, meta } = stored;
      const edited = editValue(value, recipe) as unknown as In;
      const resource = resources.modify(id, (draft) => {
        const input = converter.toInput({ id, annotations, value: edited, meta }, stored);
        draft.payload = input.payload;
        draft.annotations = input.annotations ?? {};
      });
      return converter.toTyped(resource);
    },
    delete: (id) => {
      existing(id);
      resources.delete(id);
    },
  };
}
