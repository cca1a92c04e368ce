import { emitIsOwn } from './emit-own.ts';
import { isOptional } from '../schema/fields.ts';
import type { FieldModel, MessageModel, ValueType } from '../schema/model.ts';
import { typeConstant } from './type-names.ts';

/** True for a type that holds bytes, or messages that can. */
export function reachesBytes({ fields }: MessageModel): boolean {
  return fields.some(({ value }) => canHoldBytes(value));
}

/** The function that looks for bytes in a message, for types that can hold any. */
export function emitHoldsBytes(message: MessageModel): string {
  if (!reachesBytes(message)) return '';
  const terms = message.fields.filter(({ value }) => canHoldBytes(value)).map(emitTerm);
  return `
function holdsBytes${message.name}(value: ${message.name}): boolean {
  return ${terms.join(' || ')};
}`;
}

function canHoldBytes(value: ValueType): boolean {
  return value.kind === 'scalar' ? value.name === 'bytes' : value.kind === 'message' && reachesBytes(value.type);
}

function emitTerm(field: FieldModel): string {
  const member = `value.${field.name}`;
  const { label, value } = field;
  const type = value.kind === 'message' ? typeConstant(value.type) : undefined;
  if (label !== 'singular' && type === undefined)
    throw new Error(`${field.protoName}: lists and maps of bytes are not known to the generator`);
  if (label === 'repeated') return `${member}.some((element) => ${String(type)}.holdsBytes(element))`;
  if (label === 'map') return `Object.values(${member}).some((element) => ${String(type)}.holdsBytes(element))`;
  const term = type === undefined ? `${member}.length > 0` : `${type}.holdsBytes(${member})`;
  return isOptional(field) ? `(${emitIsOwn(field)} && ${term})` : term;
}
