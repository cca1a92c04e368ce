import { isInt64, isOptional } from '../schema/fields.ts';
import type { FieldModel, MessageModel } from '../schema/model.ts';
import { doc } from '../text/doc.ts';
import { emitRead } from './emit-read.ts';
import { emitWrite } from './emit-write.ts';
import { defaultValue, fieldType } from './values.ts';
import type { Integers } from './values.ts';

/** The interface of a message, and the functions that read and write it. */
export function emitMessage(message: MessageModel, integers: Integers): string {
  const { name } = message;
  return `
${doc([message.comment])}export interface ${name} {
${message.fields.map((field) => emitMember(field, integers)).join('\n')}
}

/** Without any field set. */
export function new${name}(): Unfinished<${name}> {
  return { ${message.fields.flatMap((field) => emitDefault(field, integers)).join(', ')} };
}
${emitRead(message, integers)}
${emitWrite(message, integers)}

export function encode${name}(message: Sparse<${name}>): Buffer {
  return encoded(write${name}, message);
}

export function decode${name}(bytes: Uint8Array): ${name} {
  return read${name}(readerOf(bytes));
}
`;
}

function emitMember(field: FieldModel, integers: Integers): string {
  const exact = integers === 'number' && isInt64(field.value) ? 'A safe integer: decoding refuses any other.' : '';
  const member = doc([field.comment, exact], field.deprecated ? '@deprecated' : undefined);
  const type = fieldType(field, integers);
  return isOptional(field)
    ? `${member}readonly ${field.name}?: ${type} | undefined;`
    : `${member}readonly ${field.name}: ${type};`;
}

/** The member of a message without any field set, or nothing for a member that is absent then. */
function emitDefault(field: FieldModel, integers: Integers): string[] {
  if (isOptional(field)) return [];
  const { name, label, value } = field;
  if (label === 'repeated') return [`${name}: []`];
  return [`${name}: ${label === 'map' ? 'new Map()' : defaultValue(value, integers)}`];
}
