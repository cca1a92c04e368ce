import { isOptional } from '../schema/fields.ts';
import type { FieldModel, MessageModel } from '../schema/model.ts';
import { isNumeric, isSet, keyOf, wireType, writeValue } from './values.ts';
import type { Integers } from './values.ts';

/** The function that writes the fields of a message, by number. */
export function emitWrite(message: MessageModel, integers: Integers): string {
  const parameters = message.fields.length === 0 ? '' : `message: Sparse<${message.name}>, writer: Writer`;
  return `
/** Writes the fields that are set. */
export function write${message.name}(${parameters}): void {
  ${message.fields.map((field) => emitField(field, integers)).join('\n')}
}`;
}

function emitField(field: FieldModel, integers: Integers): string {
  const { name, label, value, number } = field;
  const member = `message.${name}`;
  const tag = number * 8 + wireType(value);
  if (label === 'map') return emitMap(field, member, integers);
  if (label === 'singular') {
    const condition = isOptional(field) ? `${member} !== undefined` : isSet(value, member, integers);
    return `if (${condition}) {\n${writeValue(value, member, tag, integers)}\n}`;
  }
  if (!field.packed || !isNumeric(value))
    return `for (const element of ${member} ?? []) {\n${writeValue(value, 'element', tag, integers)}\n}`;
  return `if (${member} !== undefined && ${member}.length > 0) {
  writer.uint32(${number * 8 + 2}).fork();
  for (const element of ${member}) {\n${writeValue(value, 'element', undefined, integers)}\n}
  writer.ldelim();
}`;
}

function emitMap({ value, keyType, number }: FieldModel, member: string, integers: Integers): string {
  const key = keyOf(keyType);
  return `for (const [key, value] of ${member} ?? []) {
  writer.uint32(${number * 8 + 2}).fork();
  ${writeValue(key, 'key', 8 + wireType(key), integers)}
  ${writeValue(value, 'value', 16 + wireType(value), integers)}
  writer.ldelim();
}`;
}
