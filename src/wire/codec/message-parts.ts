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

/** What the generator writes for one type of message. */
export interface MessageParts<M extends object> {
  /** Made when a slow path needs them for the first time. */
  fields(): readonly FieldDescriptor[];
  /** The message without any field set, not yet marked. */
  readonly empty: M;
  /** True when every member is identical. */
  same(a: M, b: M): boolean;
  from(input: unknown, previous: M | undefined, walk: InputWalk): M;
  read(reader: WireReader): M;
  write(writer: WireWriter, value: M): void;
  /** True when there are bytes somewhere in the message, and some of them. Absent for a type that cannot have any. */
  holdsBytes?(value: M): boolean;
  /** A copy with another meta, not yet marked. Absent for what is not stored. */
  withMeta?(value: M, meta: MetaValue): M;
}
