import { isOptional, membersInOrder, tagOf } from '../schema/fields.ts';
import type { FieldModel, MessageModel } from '../schema/model.ts';
import { canonicalValue, typeConstant } from './type-names.ts';

/** The decoder of a message. */
export function emitRead(message: MessageModel): string {
  const constant = typeConstant(message);
  const members = membersInOrder(message);
  const cases = message.fields.map((field) => emitCase(message, field)).join('\n');
  const skip = `reader.skipField(tag, ${constant}.hasNumber);`;
  const body =
    message.fields.length === 0
      ? `const tag = reader.fieldTag();\n${skip}`
      : `const tag = reader.fieldTag();\nswitch (tag) {\n${cases}\ndefault:\n${skip}\n}`;
  return `
function read${message.name}(reader: WireReader): ${message.name} {
  ${message.fields.map(emitVariable).join('\n')}
  while (reader.pos < reader.len) {
    ${body}
  }
  ${message.fields
    .filter((field) => field.snapshotVersion)
    .map((field) => `checkSnapshotVersion(${field.name});`)
    .join('\n')}
  return ${constant}.seal(new ${message.name}Record(${members.map(finish).join(', ')}));
}`;
}

function emitVariable(field: FieldModel): string {
  const { name, label, value } = field;
  const type = canonicalValue(value);
  if (label === 'repeated') return `let ${name}: ${type}[] | undefined;`;
  if (label === 'map') return `let ${name}: { [key: string]: ${type} } | undefined;`;
  if (isOptional(field) || value.kind === 'message') return `let ${name}: ${type} | undefined;`;
  if (value.kind === 'enum') return `let ${name}: ${type} = 0;`;
  switch (value.name) {
    case 'string':
      return `let ${name} = '';`;
    case 'bool':
      return `let ${name} = false;`;
    case 'bytes':
      return `let ${name} = emptyBytes;`;
    default:
      return `let ${name} = 0;`;
  }
}

function emitCase(message: MessageModel, field: FieldModel): string {
  const { name, label, value } = field;
  const type = value.kind === 'message' ? typeConstant(value.type) : '';
  const start = `case ${tagOf(field)}:`;
  if (label === 'map') {
    const call =
      value.kind === 'message' ? `reader.messageMapEntry(${name}, ${type})` : `reader.stringMapEntry(${name})`;
    return `${start}\n${name} = ${call};\nbreak;`;
  }
  if (label === 'repeated') {
    if (value.kind === 'scalar' && value.name === 'uint64') {
      return `${start}\ncase ${field.number * 8 + 2}:\nreader.unsigned64List(tag, (${name} ??= []));\nbreak;`;
    }
    const read = value.kind === 'message' ? `reader.message(${type})` : 'reader.string()';
    return `${start}\n(${name} ??= []).push(${read});\nbreak;`;
  }
  const others = message.fields.filter(
    (other) => other !== field && other.oneof !== undefined && other.oneof === field.oneof,
  );
  const unset = others.length === 0 ? '' : `${others.map((other) => `${other.name} = `).join('')}undefined;\n`;
  return `${start}\n${unset}${name} = ${emitReadValue(field)};\nbreak;`;
}

function emitReadValue(field: FieldModel): string {
  const { value, name } = field;
  if (value.kind === 'enum') return `reader.int32() as ${value.type.name}`;
  if (value.kind === 'message') {
    const type = typeConstant(value.type);
    if (field.goDuration) return `reader.goDuration(${type})`;
    return field.oneof === undefined ? `reader.singular(${type}, ${name})` : `reader.message(${type})`;
  }
  switch (value.name) {
    case 'bytes':
      return 'reader.bytesField()';
    case 'int64':
      return 'reader.signed64()';
    case 'uint64':
      return 'reader.unsigned64()';
    case 'float':
      return 'reader.float() + 0';
    default:
      return `reader.${value.name}()`;
  }
}

/** The argument of the record's constructor for the variable of a field. */
function finish({ name, label, always, value }: FieldModel): string {
  if (label === 'repeated') return `sealList(${name})`;
  if (label === 'map') return `sealEntries(${name})`;
  return always && value.kind === 'message' ? `${name} ?? ${typeConstant(value.type)}.empty` : name;
}
