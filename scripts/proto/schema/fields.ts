import type { FieldModel, MessageModel, ValueType } from './model.ts';

/** True for a member that is absent from the object while it is not set. */
export function isOptional(field: FieldModel): boolean {
  if (field.oneof !== undefined) return true;
  return field.label === 'singular' && field.value.kind === 'message' && !field.always;
}

export function isInt64(value: ValueType): boolean {
  return value.kind === 'scalar' && (value.name === 'int64' || value.name === 'uint64');
}

/** The members in the order in which an object gets them: the members that are always present come first. */
export function membersInOrder(message: MessageModel): FieldModel[] {
  return [...message.fields.filter((field) => !isOptional(field)), ...message.fields.filter(isOptional)];
}

/** The fields by number. A oneof takes the place of its member with the highest number, as swarmkit's encoder does. */
export function inWrittenOrder({ fields }: MessageModel): FieldModel[] {
  const place = (field: FieldModel): number =>
    field.oneof === undefined
      ? field.number
      : Math.max(...fields.filter(({ oneof }) => oneof === field.oneof).map(({ number }) => number));
  return [...fields].sort((a, b) => place(a) - place(b) || a.number - b.number);
}

/** The tag that a field is written with. */
export function tagOf(field: FieldModel): number {
  return field.number * 8 + wireType(field);
}

/** Protobuf's wire type: 0 is a varint, 2 has a length in front, 5 is four bytes. */
function wireType({ value, label }: FieldModel): number {
  if (label === 'map' || value.kind === 'message') return 2;
  if (value.kind === 'enum') return 0;
  return { string: 2, bytes: 2, float: 5 }[value.name as string] ?? 0;
}
