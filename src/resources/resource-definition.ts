import { quote } from '../base/text/describe.ts';
import { StoreError } from '../errors/store-error.ts';
import { optionChecks } from '../model/option-checks.ts';
import type { StandardSchema } from './standard-schema.ts';

/** Turns a value into bytes and back. `jsonCodec()` makes one, and every codec of `swarmstate/proto` is one. */
export interface ResourceCodec<T> {
  /** Must give the same bytes for the same value: different bytes may make an update count as a change. */
  encode(value: NoInfer<T>): Uint8Array;
  decode(bytes: Uint8Array): T;
}

/** The definition of a kind of resource. Values of the type `In` are written, values of the type `T` are read. */
export interface ResourceDefinition<T, In = T> {
  /** The name of the kind and of its extension. It must differ from the names of other extensions in more than case. */
  readonly kind: string;
  /** Default: `jsonCodec()`. */
  readonly codec?: ResourceCodec<T> | undefined;
  /**
   * Checks each value that is written and each that is read; its result is the value. The schema has to answer at once,
   * and to take its own results.
   */
  readonly schema?: StandardSchema<In, T> | undefined;
  /** The `typeUrl` of the payload, for programs that read it without this definition. Default: `kind`. */
  readonly typeUrl?: string | undefined;
  /** The description of the extension, for people. */
  readonly description?: string | undefined;
  /**
   * The entries of custom indexes for a value: `byCustom(index, value)` finds the resource by each. They replace the
   * `indices` of the annotations.
   */
  readonly indices?: ((value: T) => Readonly<Record<string, string | readonly string[]>>) | undefined;
}

const checks = optionChecks<ResourceDefinition<unknown>>('ResourceDefinition', 'defineResource', [
  'kind',
  'codec',
  'schema',
  'typeUrl',
  'description',
  'indices',
]);

/** Throws `ERR_INVALID_OBJECT` for a member that is wrong or unknown. */
export function checkDefinition<T, In>(definition: ResourceDefinition<T, In>): void {
  checks.names(definition);
  const { kind, codec, schema, typeUrl, description, indices } = definition;
  checks.valid(isText(kind) && kind !== '', 'kind', kind, 'the name of a kind');
  checks.valid(codec === undefined || isCodec(codec), 'codec', codec, 'an object with the functions encode and decode');
  checks.valid(schema === undefined || isSchema(schema), 'schema', schema, 'a schema of the Standard Schema interface');
  checks.valid(typeUrl === undefined || isText(typeUrl), 'typeUrl', typeUrl, 'a text');
  checks.valid(description === undefined || isText(description), 'description', description, 'a text');
  checks.valid(indices === undefined || typeof indices === 'function', 'indices', indices, 'a function');
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isCodec(value: unknown): boolean {
  const codec = value as Partial<ResourceCodec<unknown>> | null;
  return typeof codec?.encode === 'function' && typeof codec.decode === 'function';
}

/** A schema may be a function, as those of arktype are. */
function isSchema(value: unknown): boolean {
  const schema = value as Partial<StandardSchema> | null;
  return typeof schema?.['~standard']?.validate === 'function';
}

/** The error of a kind's value. */
export function invalidValue(
  kind: string,
  message: string,
  path: readonly (string | number)[],
): StoreError<'ERR_INVALID_OBJECT'> {
  return new StoreError('ERR_INVALID_OBJECT', `${quote(kind)}: ${message}`, { messageType: kind, path });
}
