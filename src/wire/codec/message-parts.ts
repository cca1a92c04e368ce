import type { FieldDescriptor } from '../fields/field.ts';
import type { InputWalk } from '../input/input-walk.ts';
import type { WireReader } from '../reading/wire-reader.ts';
import type { DurationValue } from '../values/go-duration.ts';
import type { WireWriter } from '../writing/wire-writer.ts';

/** The canonical form of swarmkit's `Meta`, which the generated code declares. */
export interface MetaValue {
  readonly version: { readonly index: number };
  readonly createdAt?: DurationValue;
  readonly updatedAt?: DurationValue;
}

/** The generated parts of one type of message. */
export interface MessageParts<M extends object> {
  /** The descriptors of the fields. Called once, when a slow path first needs them. */
  fields(): readonly FieldDescriptor[];
  /** The message without any field set, not yet marked. */
  readonly empty: M;
  /** True if every member is identical. */
  same(a: M, b: M): boolean;
  from(input: unknown, previous: M | undefined, walk: InputWalk): M;
  read(reader: WireReader): M;
  write(writer: WireWriter, value: M): void;
  /** True for a message with bytes in it that are not empty. Absent for a type that cannot hold bytes. */
  holdsBytes?(value: M): boolean;
  /** A copy with another meta, not yet marked. Absent for a type that a store does not hold. */
  withMeta?(value: M, meta: MetaValue): M;
}
