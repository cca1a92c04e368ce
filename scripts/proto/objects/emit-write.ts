import { emitIsOwn } from './emit-own.ts';
import { inWrittenOrder, isOptional, tagOf } from '../schema/fields.ts';
import type { FieldModel, MessageModel } from '../schema/model.ts';
import { typeConstant } from './type-names.ts';

/** The encoder of a message. */
export function emitWrite(message: MessageModel): string {
  const fields = inWrittenOrder(message);
  const parameters = fields.length === 0 ? '' : `writer: WireWriter, value: ${message.name}`;
  return `
function write${message.name}(${parameters}): void {
  ${fields.map(emitField).join('\n')}
}`;
}

function emitField(field: FieldModel): string {
  const { name, label, value } = field;
  const member = `value.${name}`;
  const type = value.kind === 'message' ? `, ${typeConstant(value.type)}` : '';
  const call = `writer.${methodOf(field)}(${tagOf(field)}, ${member}${type});`;
  if (label === 'repeated' || (field.always && label === 'singular')) return call;
  return `if (${isSet(field, member)}) ${call}`;
}

function isSet(field: FieldModel, member: string): string {
  const { label, value } = field;
  if (isOptional(field)) return emitIsOwn(field);
  if (label === 'map') return `${member} !== emptyMap`;
  if (value.kind === 'scalar' && value.name === 'bool') return member;
  if (value.kind === 'scalar' && value.name === 'string') return `${member} !== ''`;
  return value.kind === 'scalar' && value.name === 'bytes' ? `${member}.length !== 0` : `${member} !== 0`;
}

function methodOf({ label, value }: FieldModel): string {
  const kind =
    value.kind === 'enum' ? 'int32' : value.kind === 'message' ? 'message' : value.name.replace('uint64', 'int64');
  return `${kind}${{ singular: '', repeated: 'List', map: 'Map' }[label]}Field`;
}
