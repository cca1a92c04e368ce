import type { EnumType } from '../values/enum-type.ts';
import type { WalkedType } from '../input/input-walk.ts';

/** The scalar types that swarmkit's messages use. */
export type ScalarType = 'string' | 'bytes' | 'bool' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'float';

/** A type of message, as the slow paths use it. */
export interface DescribedType extends WalkedType<object> {
  readonly fields: readonly FieldDescriptor[];
  readonly properties: ReadonlyMap<string, FieldDescriptor>;
  /** True for a type that holds bytes, or messages that can. */
  readonly reachesBytes: boolean;
  /** The fields that hold bytes, or messages that can. */
  readonly byteFields: readonly FieldDescriptor[];
}

/** The type of a field's value, or of a map's values. */
export type FieldType = ScalarType | EnumType | DescribedType;

/**
 * A field, as the slow paths use it: JSON, suggestions in errors, copies of bytes. The fast paths are generated code.
 */
export interface FieldDescriptor {
  /** The name in the .proto file. */
  readonly name: string;
  /** The name in objects. */
  readonly property: string;
  readonly number: number;
  readonly type: FieldType;
  readonly label: 'singular' | 'repeated' | 'map';
  /** The name of the oneof that has the field as a member. */
  readonly oneof?: string;
  /** The message is always present, and written also when it is empty. */
  readonly always?: boolean;
  /** The duration has to fit Go's `time.Duration`. */
  readonly goDuration?: boolean;
}

/** The properties of a field besides its name, number and type. */
export type FieldTraits = Pick<FieldDescriptor, 'oneof' | 'always' | 'goDuration'> & {
  readonly label?: FieldDescriptor['label'];
};

/** Describes a field. The name in objects follows from the name in the .proto file. */
export function field(name: string, number: number, type: FieldType, traits: FieldTraits = {}): FieldDescriptor {
  return { name, property: propertyName(name), number, type, label: 'singular', ...traits };
}

/** The name of a field in objects: `_x` becomes `X`, every other letter is kept. */
export function propertyName(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** True when the type is a message, not a scalar or an enum. */
export function isMessageType(type: FieldType): type is DescribedType {
  return typeof type === 'object' && 'empty' in type;
}
