import { isInt64, isOptional } from '../schema/fields.ts';
import type { EnumModel, FieldModel, MessageModel } from '../schema/model.ts';
import { canonicalField, draftField, encodeInputName, inputField } from './type-names.ts';

/** The constant and the type of an enum. */
export function emitEnum(model: EnumModel): string {
  const members = model.members.map(({ name, number, comment }) => `${doc([comment])}${name}: ${number},`);
  return `
${doc([model.comment, 'Numbers that this release does not know pass through decoders unchanged.'])}export const ${model.name} = {
${members.join('\n')}
} as const;
export type ${model.name} = (typeof ${model.name})[keyof typeof ${model.name}];
`;
}

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

/** A docstring of the parts that are not empty, or nothing at all. */
export function doc(parts: readonly string[], tag?: string): string {
  const text = parts
    .filter((part) => part !== '')
    .join(' ')
    .replaceAll('\n', ' ');
  const lines = [...(text === '' ? [] : wrap(text)), ...(tag === undefined ? [] : [tag])];
  if (lines.length === 0) return '';
  return lines.length === 1
    ? `/** ${lines.join('')} */\n`
    : `/**\n${lines.map((line) => ` * ${line}`).join('\n')}\n */\n`;
}

function wrap(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1] as string;
    if (line.length + word.length > 120) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
