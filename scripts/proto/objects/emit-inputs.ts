import { isInt64, isOptional } from '../schema/fields.ts';
import type { FieldModel, MessageModel } from '../schema/model.ts';
import { doc } from '../text/doc.ts';
import { encodeInputName, inputField } from './type-names.ts';

/** The types of the inputs of a message. */
export function emitInputs(message: MessageModel): string {
  const name = encodeInputName(message);
  const inputDoc = message.stored
    ? `{@link ${message.name}} as an input of an encoder, also without an id.`
    : `{@link ${message.name}} as an input. Members that are left out or undefined are unset.`;
  const alternatives = alternativesOf(message);
  if (alternatives.length > 0) return emitForms(message, alternatives, inputDoc);
  const whole = `
${doc([inputDoc])}export ${emitInterface(name, message.fields.map(emitInputMember))}
`;
  if (!message.stored) return whole;
  const storeDoc = doc([
    `{@link ${message.name}} as an input of the store. Members that are left out or undefined are unset.`,
  ]);
  return `${whole}
${storeDoc}export interface ${message.name}Input extends ${name} {
  readonly id: string;${message.name === 'Resource' ? '\n  readonly kind: string;' : ''}
}
`;
}

/** The docstring of a member. */
export function fieldDoc(field: FieldModel): string {
  const beyond = isInt64(field.value) ? 'A bigint beyond 2^53.' : '';
  return doc([field.comment, beyond], field.deprecated ? '@deprecated' : undefined);
}

function emitInputMember(field: FieldModel): string {
  return `${fieldDoc(field)}readonly ${field.name}?: ${inputField(field)} | undefined;`;
}

function emitUnset({ name }: FieldModel): string {
  return `readonly ${name}?: undefined;`;
}

function emitInterface(name: string, members: readonly string[], base?: string): string {
  return `interface ${name} ${base === undefined ? '' : `extends ${base} `}{\n${members.join('\n')}\n}`;
}

/** The members of the message's oneof; none where it has no oneof, or one with a single member. */
function alternativesOf(message: MessageModel): readonly FieldModel[] {
  const names = new Set(message.fields.map(({ oneof }) => oneof));
  names.delete(undefined);
  const several = [...names]
    .map((name) => message.fields.filter(({ oneof }) => oneof === name))
    .filter(({ length }) => length > 1);
  if (several.length > 1 || (several.length > 0 && message.stored))
    throw new Error(`${message.fullName}: the generator does not know the inputs of such a message; teach it first`);
  return several[0] ?? [];
}

/**
 * The input of a message with a oneof: a union with a form for each member of the oneof. An object literal with two of
 * the members is a compile-time error. A stored object, its draft, and a spread of them have to pass, although their
 * types have all the members.
 */
function emitForms(message: MessageModel, alternatives: readonly FieldModel[], inputDoc: string): string {
  const shared = message.fields.filter((field) => !alternatives.includes(field));
  const base = shared.length === 0 ? undefined : `${message.name}InputMembers`;
  const always = shared.filter((field) => !isOptional(field));
  const forms = always.some(isLeftOut)
    ? [...exclusiveForms(message, alternatives, base), spreadForm(message, alternatives, always, base)]
    : orderedForms(message, alternatives, base);
  const names = alternatives.map(({ name }) => `\`${name}\``);
  const most = `At most one of ${names.slice(0, -1).join(', ')} and ${String(names.at(-1))} is set.`;
  return `
${base === undefined ? '' : emitInterface(base, shared.map(emitInputMember))}
${forms.map(({ text }) => text).join('\n\n')}

${doc([inputDoc, most])}export type ${message.name}Input = ${forms.map(({ name }) => name).join(' | ')};
`;
}

interface Form {
  readonly name: string;
  readonly text: string;
}

function form(name: string, members: readonly string[], base: string | undefined): Form {
  return { name, text: emitInterface(name, members, base) };
}

function formName(message: MessageModel, { name }: FieldModel): string {
  return `${message.name}InputOf${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

/** True for a member that stored objects always have, and that literals usually leave out. */
function isLeftOut({ label, value }: FieldModel): boolean {
  return label !== 'singular' || value.kind === 'message';
}

/** Forms in which all other members of the oneof are undefined. */
function exclusiveForms(
  message: MessageModel,
  alternatives: readonly FieldModel[],
  base: string | undefined,
): readonly Form[] {
  return alternatives.map((field) => {
    const others = alternatives.filter((other) => other !== field);
    return form(formName(message, field), [emitInputMember(field), ...others.map(emitUnset)], base);
  });
}

/**
 * The form that takes spreads of stored objects and drafts. The compiler knows them by the members that are always
 * present. An error for a literal names this form, so its name says what is wrong.
 */
function spreadForm(
  message: MessageModel,
  alternatives: readonly FieldModel[],
  always: readonly FieldModel[],
  base: string | undefined,
): Form {
  const [{ oneof = '' } = {}] = alternatives;
  const words = oneof.split('_').map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`);
  const required = always.map((field) => `readonly ${field.name}: ${inputField(field)} | undefined;`);
  const name = `${message.name}OnlyOne${words.join('')}UnlessSpread`;
  return form(name, [...required, ...alternatives.map(emitInputMember)], base);
}

/**
 * Forms for messages whose stored objects look like literals. Each says `undefined` for the members before its own, and
 * nothing of those behind it. The members that are written in a literal select its form, and another one is unknown
 * there. A spread fits the first form: the compiler looks for unknown members only among those that are written.
 */
function orderedForms(
  message: MessageModel,
  alternatives: readonly FieldModel[],
  base: string | undefined,
): readonly Form[] {
  return alternatives.map((field, position) =>
    form(formName(message, field), [emitInputMember(field), ...alternatives.slice(0, position).map(emitUnset)], base),
  );
}
