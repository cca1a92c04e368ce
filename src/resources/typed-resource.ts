import { deepFreeze } from '../base/deep-freeze.ts';
import { StoreError } from '../errors/store-error.ts';
import type { ObjectEvent } from '../model/events.ts';
import type { Annotations, AnnotationsInput, Meta } from '../wire/generated/common.ts';
import type { Resource, ResourceInput } from '../wire/generated/resource.ts';
import { checkedValue } from './checked-value.ts';
import { jsonCodec } from './json-codec.ts';
import type { ResourceCodec, ResourceDefinition } from './resource-definition.ts';
import { isSameValue } from './same-value.ts';

/** A stored object of a defined kind. Its value is deeply frozen (bytes excepted) and decoded only once. */
export interface TypedResource<T> {
  readonly id: string;
  readonly meta: Meta;
  readonly annotations: Annotations;
  readonly value: T;
  /** The object in the table of resources. */
  readonly resource: Resource;
}

/** The input of `create` and `update`. */
export interface TypedResourceInput<T> {
  readonly id: string;
  /** Where no name is given, the name is the id. Names are unique over the resources of all kinds. */
  readonly annotations?: AnnotationsInput | undefined;
  readonly value: T;
  readonly meta?: ResourceInput['meta'];
}

/** A change of an object of a defined kind. */
export interface TypedResourceEvent<T> {
  readonly action: ObjectEvent['action'];
  readonly object: TypedResource<T>;
  readonly oldObject: TypedResource<T> | undefined;
}

/** Converts between stored resources and typed ones. */
export class ResourceConverter<T, In = T> {
  readonly kind: string;
  readonly #definition: ResourceDefinition<T, In>;
  readonly #codec: ResourceCodec<T>;
  readonly #typeUrl: string;
  readonly #typed = new WeakMap<Resource, TypedResource<T>>();

  constructor(definition: ResourceDefinition<T, In>) {
    this.kind = definition.kind;
    this.#definition = definition;
    this.#codec = definition.codec ?? jsonCodec<T>();
    this.#typeUrl = definition.typeUrl ?? definition.kind;
  }

  /** The typed form of a resource: always the same object for the same resource. Throws `ERR_INVALID_OBJECT`. */
  toTyped(resource: Resource): TypedResource<T> {
    let typed = this.#typed.get(resource);
    if (typed === undefined) {
      typed = this.#decode(resource);
      this.#typed.set(resource, typed);
    }
    return typed;
  }

  /**
   * The input for a value. Where the value equals the stored one, the stored payload stays: another order of members is
   * no change. Throws `ERR_INVALID_OBJECT` for a value that the schema refuses, and whatever the codec throws.
   */
  toInput({ id, annotations, value: given, meta }: TypedResourceInput<In>, stored?: TypedResource<T>): ResourceInput {
    const { schema, indices } = this.#definition;
    const value = schema === undefined ? (given as unknown as T) : checkedValue<T>(this.kind, schema, given, 'a value');
    const entries =
      indices === undefined
        ? undefined
        : Object.entries(indices(value)).flatMap(([key, found]) =>
            (typeof found === 'string' ? [found] : found).map((val) => ({ key, val })),
          );
    const payload = stored?.resource.payload;
    return {
      id,
      meta,
      kind: this.kind,
      annotations: entries === undefined ? annotations : { ...annotations, indices: entries },
      payload:
        payload !== undefined && isSameValue(stored?.value, value)
          ? payload
          : { typeUrl: this.#typeUrl, value: this.#codec.encode(value) },
    };
  }

  #decode(resource: Resource): TypedResource<T> {
    const { id, meta, annotations, kind, payload } = resource;
    if (kind !== this.kind || (payload !== undefined && payload.typeUrl !== this.#typeUrl)) {
      throw new StoreError(
        'ERR_INVALID_OBJECT',
        `resource ${id} is of kind '${kind}' and holds a '${payload?.typeUrl ?? ''}', ` +
          `not a '${this.#typeUrl}' of kind '${this.kind}'`,
        { messageType: this.kind, path: ['payload'] },
      );
    }
    // A copy: bytes cannot be frozen, and a codec may return parts of its input.
    const decoded = this.#codec.decode(Uint8Array.from(payload?.value ?? []));
    const { schema } = this.#definition;
    const value =
      schema === undefined ? decoded : checkedValue<T>(this.kind, schema, decoded, `the value of resource ${id}`);
    return Object.freeze({ id, meta, annotations, value: deepFreeze(value), resource });
  }
}

/** The input with the id as its name, where it has none. */
export function named<T>(input: TypedResourceInput<T>): TypedResourceInput<T> {
  const { id, annotations = {} } = input;
  // A value that cannot be annotations is refused when it is stored.
  if (typeof annotations !== 'object' || (annotations as unknown) === null) return input;
  return annotations.name === undefined || annotations.name === ''
    ? { ...input, annotations: { ...annotations, name: id } }
    : input;
}
