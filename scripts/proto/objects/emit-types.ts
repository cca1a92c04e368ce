import { isInt64, isOptional } from '../schema/fields.ts';
import type { FieldModel, MessageModel } from '../schema/model.ts';
import { doc } from '../text/doc.ts';
import { canonicalField, draftField, encodeInputName, inputField } from './type-names.ts';

/** The three interfaces of a message. */
export function emitInterfaces(message: MessageModel): string {
  const draftDoc = doc([
    `{@link ${message.name}} inside a recipe. Reading a member gives a draft, assigning takes an input,`,
    'and undefined unsets it.',
  ]);
  return `
${doc([message.comment])}export interface ${message.name} {
${message.fields.map((field) => emitCanonicalMember(field)).join('\n')}
}
${emitInput(message)}
${draftDoc}export interface ${message.name}Draft {
${message.fields.map(emitDraftMember).join('\n')}
}
`;
}

function emitCanonicalMember(field: FieldModel): string {
  return `${fieldDoc(field)}readonly ${field.name}${isOptional(field) ? '?' : ''}: ${canonicalField(field)};`;
}

function emitInput(message: MessageModel): string {
  const members = message.fields.map(
    (field) => `${fieldDoc(field)}readonly ${field.name}?: ${inputField(field)} | undefined;`,
  );
  const name = encodeInputName(message);
  const whole = `
${doc([
  message.stored
    ? `{@link ${message.name}} as an input of an encoder, also without an id.`
    : `{@link ${message.name}} as an input. Members that are left out or undefined are unset.`,
])}export interface ${name} {
${members.join('\n')}
}
`;
  if (!message.stored) return whole;
  const storeDoc = doc([
    `{@link ${message.name}} as an input of the store. Members that are left out or undefined are unset.`,
  ]);
  return `${whole}
${storeDoc}export interface ${message.name}Input extends ${name} {
  readonly id: string;
}
`;
}

function emitDraftMember(field: FieldModel): string {
  const absent = isOptional(field) ? ' | undefined' : '';
  return `get ${field.name}(): ${draftField(field)}${absent};
set ${field.name}(value: ${inputField(field)} | undefined);`;
}

function fieldDoc(field: FieldModel): string {
  const beyond = isInt64(field.value) ? 'A bigint beyond 2^53.' : '';
  return doc([field.comment, beyond], field.deprecated ? '@deprecated' : undefined);
}
