import { deepFreeze } from '../base/deep-freeze.ts';
import { StoreError } from '../errors/store-error.ts';
import type { ObjectEvent } from '../model/events.ts';
import type { Annotations, AnnotationsInput, Meta } from '../wire/generated/common.ts';
import type { Resource, ResourceInput } from '../wire/generated/resource.ts';
import type { ResourceDefinition } from './resource-definition.ts';

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
export class ResourceConverter<T> {
  readonly kind: string;
  readonly #definition: ResourceDefinition<T>;
  readonly #typeUrl: string;
  readonly #typed = new WeakMap<Resource, TypedResource<T>>();

  constructor(definition: ResourceDefinition<T>) {
    this.kind = definition.kind;
    this.#definition = definition;
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

  toInput({ id, annotations, value, meta }: TypedResourceInput<T>): ResourceInput {
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

  #decode(resource: Resource): TypedResource<T> {
    const { id, meta, annotations, kind, payload } = resource;
    if (kind !== this.kind || (payload !== undefined && payload.typeUrl !== this.#typeUrl)) {
      throw new StoreError(
        'ERR_INVALID_OBJECT',
        `resource ${id} is of kind '${kind}' and holds a '${payload?.typeUrl ?? ''}', not a '${this.#typeUrl}' of kind '${this.kind}'`,
        { messageType: this.kind, path: ['payload'] },
      );
    }
    // A copy: bytes cannot be frozen, and a codec may return parts of its input.
    const value = deepFreeze(this.#definition.codec.decode(Uint8Array.from(payload?.value ?? [])));
    return Object.freeze({ id, meta, annotations, value, resource });
  }
}
