import type { FieldModel, MessageModel } from '../schema/model.ts';
import { defaultValue, isNumeric, keyOf, readValue, valueType, wireType } from './values.ts';
import type { Integers } from './values.ts';

/** The function that reads the fields of a message. A singular message that occurs again is merged into the first. */
export function emitRead(message: MessageModel, integers: Integers): string {
  const { name } = message;
  const cases = message.fields.map((field) => emitCase(message, field, integers)).join('\n');
  return `
/** Reads the fields up to the end of the reader into \`message\`. */
export function read${name}(reader: Reader, message: Unfinished<${name}> = new${name}()): ${name} {
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    ${cases === '' ? 'skipField(reader, tag);' : `switch (tag) {\n${cases}\ndefault:\nskipField(reader, tag);\n}`}
  }
  return message;
}`;
}

function emitCase(message: MessageModel, field: FieldModel, integers: Integers): string {
  const { label, value, number } = field;
  const member = `message.${field.name}`;
  if (label === 'map') return `case ${number * 8 + 2}: {\n${emitEntry(field, member, integers)}\nbreak;\n}`;
  const start = `case ${number * 8 + wireType(value)}:`;
  if (label === 'repeated') {
    if (!isNumeric(value)) return `${start}\n${member}.push(${readValue(value, integers)});\nbreak;`;
    const read = `(numbers) => ${readValue(value, integers).replaceAll('reader', 'numbers')}`;
    return `${start}\ncase ${number * 8 + 2}:\nreadNumbers(reader, tag, ${member}, ${read});\nbreak;`;
  }
  const others = message.fields.filter(
    (other) => other !== field && field.oneof !== undefined && other.oneof === field.oneof,
  );
  const unset = others.map((other) => `message.${other.name} = undefined;\n`).join('');
  const read =
    value.kind === 'message' && !value.type.hasCodec
      ? `readNested(reader, read${value.type.name}, ${member} as Unfinished<${value.type.name}> | undefined)`
      : readValue(value, integers);
  return `${start}\n${unset}${member} = ${read};\nbreak;`;
}

/** An entry of a map is a message with the fields 1, the key, and 2, the value. */
function emitEntry({ value, keyType }: FieldModel, member: string, integers: Integers): string {
  const key = keyOf(keyType);
  return `const outer = enter(reader);
let key: ${valueType(key, integers)} = ${defaultValue(key, integers)};
let value: ${valueType(value, integers)} = ${defaultValue(value, integers)};
while (reader.pos < reader.len) {
  const part = reader.tag();
  if (part === ${8 + wireType(key)}) key = ${readValue(key, integers)};
  else if (part === ${16 + wireType(value)}) value = ${readValue(value, integers)};
  else skipField(reader, part);
}
reader.len = outer;
${member}.set(key, value);`;
}
