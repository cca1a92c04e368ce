import type { Draft } from 'immer';
import { StoreError } from '../errors/store-error.ts';
import { editValue } from '../model/edit.ts';
import type { ObjectEvent } from '../model/events.ts';
import type { By } from '../model/find/finder.ts';
import { and, byKind, byName } from '../model/find/finders.ts';
import type { ReadTx } from '../store/transaction/tx.ts';
import type { Tx } from '../store/transaction/tx.ts';
import type { ObjectSelector } from '../watch/selector.ts';
import type { Annotations, AnnotationsInput, Meta } from '../wire/generated/common.ts';
import type { Extension, Resource, ResourceInput } from '../wire/generated/resource.ts';
import { deepFreeze } from '../base/deep-freeze.ts';

/**
 * Turns a value into bytes and back. The codecs of `swarmstate/proto` are some; `JSON` with a `TextEncoder` makes
 * another.
 */
export interface ResourceCodec<T> {
  /** The same value gives the same bytes: else every update counts as a change. */
  encode(value: NoInfer<T>): Uint8Array;
  decode(bytes: Uint8Array): T;
}

/** What defines a kind of resource. */
export interface ResourceDefinition<T> {
  /** The name of the kind, which its extension has too. No other extension has it, in any case of letters. */
  readonly kind: string;
  readonly codec: ResourceCodec<T>;
  /** The type of the payload, for those who read it without this definition; the kind where not given. */
  readonly typeUrl?: string | undefined;
  /** What the kind is, for people. */
  readonly description?: string | undefined;
  /**
   * Entries of custom indices for a value: `byCustom(index, value)` finds the resource by them. They replace those of
   * the annotations.
   */
  readonly indices?: ((value: T) => Readonly<Record<string, string | readonly string[]>>) | undefined;
}

/** A stored object of a defined kind. Its value is deeply frozen, and decoded once. */
export interface TypedResource<T> {
  readonly id: string;
  readonly meta: Meta;
  readonly annotations: Annotations;
  readonly value: T;
  /** The object in the table of resources. */
  readonly resource: Resource;
}

/** What `create` and `update` take. */
export interface TypedResourceInput<T> {
  readonly id: string;
  readonly annotations?: AnnotationsInput | undefined;
  readonly value: T;
  readonly meta?: ResourceInput['meta'];
}

/** The objects of a defined kind, to read. */
export interface ResourceTable<T> {
  /** Undefined for an id of another kind, too. O(1). */
  get(id: string): TypedResource<T> | undefined;
  /** What a finder of resources finds of this kind; all of them without. Costs what the finder does. */
  find(by?: By<'resource'>): readonly TypedResource<T>[];
  count(by?: By<'resource'>): number;
}

/**
 * The objects of a defined kind, in a transaction that writes. The rules and errors are those of the table of
 * resources.
 */
export interface WritableResourceTable<T> extends ResourceTable<T> {
  create(input: TypedResourceInput<T>): TypedResource<T>;
  update(input: TypedResourceInput<T>): TypedResource<T>;
  /**
   * Edits a value in place, if it is plain data, by an immer recipe. `ERR_NOT_EXIST` for an id of another kind, too.
   */
  modify(id: string, recipe: (value: Draft<T>) => void): TypedResource<T>;
  delete(id: string): void;
}

/** A change of an object of a defined kind. */
export interface TypedResourceEvent<T> {
  readonly action: ObjectEvent['action'];
  readonly object: TypedResource<T>;
  readonly oldObject: TypedResource<T> | undefined;
}

/** A kind of resource. Made by {@link defineResource}. */
export interface ResourceType<T> {
  readonly kind: string;
  /** Creates the extension of the kind, unless there is one. */
  register(tx: Tx): Extension;
  table(tx: Tx): WritableResourceTable<T>;
  table(tx: ReadTx): ResourceTable<T>;
  /** Selects the changes of this kind, for watches and followers. */
  selector(options?: Pick<ObjectSelector<'resource'>, 'action'>): ObjectSelector<'resource'>;
  /** A resource of this kind, typed. Throws `ERR_INVALID_OBJECT` for one of another kind, and what the codec throws. */
  read(resource: Resource): TypedResource<T>;
  /**
   * An event of this kind, typed; undefined for every other event. A resource that changes its kind is created in one
   * and deleted from the other.
   */
  event(event: ObjectEvent): TypedResourceEvent<T> | undefined;
}

/**
 * Defines a kind of resource: a typed table for objects of your own, kept in the tables of extensions and resources,
 * and so indexed, watched, saved, replayed and proposed like everything else.
 *
 * @example
 * ```ts
 * import { MemoryStore, byCustom, newId } from 'swarmstate';
 * import { defineResource } from 'swarmstate/resources';
 *
 * interface Backup {
 *   readonly volume: string;
 *   readonly hour: number;
 * }
 * const backups = defineResource<Backup>({
 *   kind: 'backup',
 *   codec: {
 *     encode: ({ volume, hour }) => new TextEncoder().encode(JSON.stringify({ volume, hour })),
 *     decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as Backup,
 *   },
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
export function defineResource<T>(definition: ResourceDefinition<T>): ResourceType<T> {
  return new DefinedResource(definition);
}

class DefinedResource<T> implements ResourceType<T> {
  readonly kind: string;
  readonly #definition: ResourceDefinition<T>;
  readonly #typeUrl: string;
  readonly #typed = new WeakMap<Resource, TypedResource<T>>();

  constructor(definition: ResourceDefinition<T>) {
    this.kind = definition.kind;
    this.#definition = definition;
    this.#typeUrl = definition.typeUrl ?? definition.kind;
  }

  register(tx: Tx): Extension {
    const { description } = this.#definition;
    const [known] = tx.extensions.find(byName(this.kind));
    return (
      known ?? tx.extensions.create({ id: `extension-${this.kind}`, annotations: { name: this.kind }, description })
    );
  }

  table(tx: Tx): WritableResourceTable<T>;
  table(tx: ReadTx): ResourceTable<T>;
  table(tx: Tx | ReadTx): WritableResourceTable<T> {
    const resources = tx.resources as Tx['resources'];
    const get = (id: string): TypedResource<T> | undefined => {
      const resource = resources.get(id);
      return resource?.kind === this.kind ? this.read(resource) : undefined;
    };
    const existing = (id: string): TypedResource<T> => {
      const found = get(id);
      if (found !== undefined) return found;
      throw new StoreError(
        'ERR_NOT_EXIST',
        `there is no resource ${id} of kind '${this.kind}'; it may have been deleted meanwhile`,
        {
          kind: 'resource',
          id,
        },
      );
    };
    const finder = (by: By<'resource'> | undefined): By<'resource'> =>
      by === undefined ? byKind(this.kind) : and(by, byKind(this.kind));
    return {
      get,
      find: (by) => Object.freeze(resources.find(finder(by)).map((resource) => this.read(resource))),
      count: (by) => resources.count(finder(by)),
      create: (input) => this.read(resources.create(this.#input(input))),
      update: (input) => {
        // A resource of another kind is none of ours.
        existing(input.id);
        return this.read(resources.update(this.#input(input)));
      },
      modify: (id, recipe) => {
        const { value, annotations, meta } = existing(id);
        const changed = editValue(value, recipe);
        return this.read(
          resources.modify(id, (draft) => {
            const input = this.#input({ id, annotations, value: changed, meta });
            draft.payload = input.payload;
            draft.annotations = input.annotations ?? {};
          }),
        );
      },
      delete: (id) => {
        existing(id);
        resources.delete(id);
      },
    };
  }

  selector(options: Pick<ObjectSelector<'resource'>, 'action'> = {}): ObjectSelector<'resource'> {
    return { kind: 'resource', by: byKind(this.kind), action: options.action };
  }

  read(resource: Resource): TypedResource<T> {
    let typed = this.#typed.get(resource);
    if (typed === undefined) {
      typed = this.#decode(resource);
      this.#typed.set(resource, typed);
    }
    return typed;
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

  #decode(resource: Resource): TypedResource<T> {
    const { id, meta, annotations, kind, payload } = resource;
    if (kind !== this.kind || (payload !== undefined && payload.typeUrl !== this.#typeUrl)) {
      throw new StoreError(
        'ERR_INVALID_OBJECT',
        `resource ${id} is of kind '${kind}' and holds a '${payload?.typeUrl ?? ''}', not a '${this.#typeUrl}' of kind '${this.kind}'`,
        { messageType: this.kind, path: ['payload'] },
      );
    }
    // A copy: bytes cannot be frozen, and codecs may hand out parts of what they read.
    const value = deepFreeze(this.#definition.codec.decode(Uint8Array.from(payload?.value ?? [])));
    return Object.freeze({ id, meta, annotations, value, resource });
  }

  #input({ id, annotations, value, meta }: TypedResourceInput<T>): ResourceInput {
    const { codec, indices } = this.#definition;
    const entries =
      indices === undefined
        ? undefined
        : Object.entries(indices(value)).flatMap(([key, given]) =>
            (typeof given === 'string' ? [given] : given).map((val) => ({ key, val })),
          );
    return {
      id,
      meta,
      kind: this.kind,
      annotations: entries === undefined ? annotations : { ...annotations, indices: entries },
      payload: { typeUrl: this.#typeUrl, value: codec.encode(value) },
    };
  }
}
