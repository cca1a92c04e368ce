import type { ObjectEvent } from '../model/events.ts';
import { byKind, byName } from '../model/find/finders.ts';
import { optionChecks } from '../model/option-checks.ts';
import type { ReadTx, Tx } from '../store/transaction/tx.ts';
import type { ObjectSelector } from '../watch/selector.ts';
import type { Extension, Resource } from '../wire/generated/resource.ts';
import { checkDefinition } from './resource-definition.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { resourceTable } from './resource-table.ts';
import type { ResourceTable, WritableResourceTable } from './resource-table.ts';
import { ResourceConverter } from './typed-resource.ts';
import type { TypedResource, TypedResourceEvent } from './typed-resource.ts';

/** A kind of resource. Made by {@link defineResource}. */
export interface ResourceType<T, In = T> {
  readonly kind: string;
  /** Creates the extension of the kind, unless there is one. */
  register(tx: Tx): Extension;
  table(tx: Tx): WritableResourceTable<T, In>;
  table(tx: ReadTx): ResourceTable<T>;
  /** Selects the changes of this kind, for watches and followers. */
  selector(options?: Pick<ObjectSelector<'resource'>, 'action'>): ObjectSelector<'resource'>;
  /**
   * The typed form of a resource of this kind. Throws `ERR_INVALID_OBJECT` for a resource of another kind, and whatever
   * the codec throws.
   */
  read(resource: Resource): TypedResource<T>;
  /**
   * The typed form of an event of this kind; undefined for every other event. A change of the kind of a resource is a
   * delete for the old kind and a create for the new one.
   */
  event(event: ObjectEvent): TypedResourceEvent<T> | undefined;
}

/**
 * Defines a kind of resource: a typed table for your own objects. They are stored in the tables of extensions and
 * resources, and so indexed, watched, saved, replayed and proposed like all others.
 *
 * Throws `ERR_INVALID_OBJECT` for a definition with a member that is wrong or unknown.
 *
 * @example
 * ```ts
 * import { MemoryStore, byCustom, newId } from 'swarmstate';
 * import { defineResource, jsonCodec } from 'swarmstate/resources';
 *
 * interface Backup {
 *   readonly volume: string;
 *   readonly hour: number;
 * }
 * const backups = defineResource<Backup>({
 *   kind: 'backup',
 *   codec: jsonCodec(),
 *   indices: ({ volume }) => ({ volume }),
 * });
 *
 * const store = new MemoryStore();
 * await store.update((tx) => {
 *   backups.register(tx);
 *   backups.table(tx).create({ id: newId(), annotations: { name: 'nightly' }, value: { volume: 'data', hour: 3 } });
 * });
 * const nightly = store.view((tx) => backups.table(tx).find(byCustom('volume', 'data')));
 * console.log(nightly[0]?.value.hour);
 * ```
 */
export function defineResource<T, In = T>(definition: ResourceDefinition<T, In>): ResourceType<T, In> {
  checkDefinition(definition);
  return new DefinedResource(definition);
}

const selectors = optionChecks<Pick<ObjectSelector<'resource'>, 'action'>>('ObjectSelector', 'selector', ['action']);

class DefinedResource<T, In> implements ResourceType<T, In> {
  readonly kind: string;
  readonly #description: string | undefined;
  readonly #converter: ResourceConverter<T, In>;

  constructor(definition: ResourceDefinition<T, In>) {
    this.kind = definition.kind;
    this.#description = definition.description;
    this.#converter = new ResourceConverter(definition);
  }

  register(tx: Tx): Extension {
    const [known] = tx.extensions.find(byName(this.kind));
    if (known !== undefined) return known;
    return tx.extensions.create({
      id: `extension-${this.kind}`,
      annotations: { name: this.kind },
      description: this.#description,
    });
  }

  table(tx: Tx): WritableResourceTable<T, In>;
  table(tx: ReadTx): ResourceTable<T>;
  table(tx: Tx | ReadTx): WritableResourceTable<T, In> {
    // The first overload gives the writing methods only to a transaction that has them.
    return resourceTable(tx.resources as Tx['resources'], this.#converter);
  }

  selector(options: Pick<ObjectSelector<'resource'>, 'action'> = {}): ObjectSelector<'resource'> {
    selectors.names(options);
    return { kind: 'resource', by: byKind(this.kind), action: options.action };
  }

  read(resource: Resource): TypedResource<T> {
    return this.#converter.toTyped(resource);
  }

  event({ action, kind, object, oldObject }: ObjectEvent): TypedResourceEvent<T> | undefined {
    if (kind !== 'resource') return undefined;
    const before = oldObject?.kind === this.kind ? this.read(oldObject) : undefined;
    if (object.kind !== this.kind)
      return before === undefined ? undefined : { action: 'delete', object: before, oldObject: undefined };
    return {
      action: oldObject !== undefined && before === undefined ? 'create' : action,
      object: this.read(object),
      oldObject: before,
    };
  }
}
