import { isInt64 } from '../schema/fields.ts';
import type { FieldModel, MessageModel, ValueType } from '../schema/model.ts';

/** The constant that holds the type of a message: `IPAMConfig` is `ipamConfigType`. */
export function typeConstant(message: MessageModel): string {
  const { name } = message;
  const leading = /^[A-Z]+(?![a-z])/.exec(name)?.[0] ?? name.slice(0, 1);
  return `${leading.toLowerCase()}${name.slice(leading.length)}Type`;
}

/** The input type of a message inside another one, or of an encoder. */
export function encodeInputName(message: MessageModel): string {
  return message.stored ? `${message.name}EncodeInput` : `${message.name}Input`;
}

/** The type of one value in a canonical object. */
export function canonicalValue(value: ValueType): string {
  if (value.kind !== 'scalar') return value.type.name;
  switch (value.name) {
    case 'string':
      return 'string';
    case 'bool':
      return 'boolean';
    case 'bytes':
      return 'ReadonlyBytes';
    default:
      return 'number';
  }
}

/** The type of one value in an input. */
function inputValue(value: ValueType): string {
  if (value.kind === 'message') return encodeInputName(value.type);
  if (isInt64(value)) return 'Int64';
  return value.kind === 'scalar' && value.name === 'bytes' ? 'BytesInput' : canonicalValue(value);
}

/** The type of one value that is read from a draft. */
function draftValue(value: ValueType): string {
  return value.kind === 'message' ? `${value.type.name}Draft` : canonicalValue(value);
}

export function canonicalField({ label, value }: FieldModel): string {
  return collection(label, canonicalValue(value));
}

export function inputField({ label, value }: FieldModel): string {
  return collection(label, inputValue(value));
}

export function draftField({ label, value }: FieldModel): string {
  const draft = draftValue(value);
  if (label === 'singular') return draft;
  if (label === 'map') return `DraftMap<${draft}>`;
  const input = inputValue(value);
  return draft === input ? `DraftList<${draft}>` : `DraftList<${draft}, ${input}>`;
}

function collection(label: FieldModel['label'], value: string): string {
  if (label === 'repeated') return `readonly ${value}[]`;
  return label === 'map' ? `{ readonly [key: string]: ${value} }` : value;
}
