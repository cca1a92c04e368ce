import { isInt64, isOptional } from '../schema/fields.ts';
import type { FieldModel, MessageModel } from '../schema/model.ts';
import { doc } from '../text/doc.ts';
import { canonicalField, draftField, encodeInputName, inputField } from './type-names.ts';

/** The three interfaces of a message. */
export function emitInterfaces(message: MessageModel): string {
  return `
${doc([message.comment])}export interface ${message.name} {
${message.fields.map((field) => emitCanonicalMember(field)).join('\n')}
}
${emitInput(message)}
/** {@link ${message.name}} inside a recipe: reading gives drafts, assigning takes inputs, undefined removes. */
export interface ${message.name}Draft {
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
/** {@link ${message.name}} as ${message.stored ? 'encoders take it: also without an id' : 'it is given: what is left out or undefined is unset'}. */
export interface ${name} {
${members.join('\n')}
}
`;
  if (!message.stored) return whole;
  return `${whole}
/** {@link ${message.name}} as the store takes it: what is left out or undefined is unset. */
export interface ${message.name}Input extends ${name} {
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
