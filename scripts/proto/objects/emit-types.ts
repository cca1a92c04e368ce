import { isOptional } from '../schema/fields.ts';
import type { FieldModel, MessageModel } from '../schema/model.ts';
import { doc } from '../text/doc.ts';
import { emitInputs, fieldDoc } from './emit-inputs.ts';
import { canonicalField, draftField, inputField } from './type-names.ts';

/** The types of a message. */
export function emitInterfaces(message: MessageModel): string {
  const draftDoc = doc([
    `{@link ${message.name}} inside a recipe. Reading a member gives a draft, assigning takes an input,`,
    'and undefined unsets it.',
  ]);
  return `
${doc([message.comment])}export interface ${message.name} {
${message.fields.map((field) => emitCanonicalMember(field)).join('\n')}
}
${emitInputs(message)}
${draftDoc}export interface ${message.name}Draft {
${message.fields.map(emitDraftMember).join('\n')}
}
`;
}

function emitCanonicalMember(field: FieldModel): string {
  return `${fieldDoc(field)}readonly ${field.name}${isOptional(field) ? '?' : ''}: ${canonicalField(field)};`;
}

function emitDraftMember(field: FieldModel): string {
  const absent = isOptional(field) ? ' | undefined' : '';
  return `get ${field.name}(): ${draftField(field)}${absent};
set ${field.name}(value: ${inputField(field)} | undefined);`;
}
