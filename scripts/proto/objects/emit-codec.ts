import { emitHoldsBytes, reachesBytes } from './emit-bytes.ts';
import { emitRead } from './emit-read.ts';
import { emitWalk } from './emit-walk.ts';
import { emitWrite } from './emit-write.ts';
import { emitIsOwn } from './emit-own.ts';
import { isOptional, membersInOrder } from '../schema/fields.ts';
import type { FieldModel, MessageModel } from '../schema/model.ts';
import { canonicalField, encodeInputName, typeConstant } from './type-names.ts';

/** The code of a message: its record, its functions and its codec. */
export function emitCodec(message: MessageModel): string {
  const { name } = message;
  const constant = typeConstant(message);
  return `
${emitRecord(message)}
${emitSame(message)}
${emitWalk(message)}
${emitRead(message)}
${emitWrite(message)}${emitHoldsBytes(message)}${emitWithMeta(message)}
export const ${constant}: MessageType<${name}, ${encodeInputName(message)}> = new MessageType<${name}, ${encodeInputName(message)}>('${message.fullName}', {
  fields: () => [${message.fields.map(emitDescriptor).join('\n')}],
  empty: new ${name}Record(${emptyArguments(message)}),
  same: same${name},
  from: walk${name},
  read: read${name},
  write: write${name},${
    reachesBytes(message)
      ? `
  holdsBytes: holdsBytes${name},`
      : ''
  }${
    message.stored
      ? `
  withMeta: with${name}Meta,`
      : ''
  }
});

/** The codec of {@link ${name}}. */
export const ${name}: MessageCodec<${name}, ${encodeInputName(message)}> = ${constant};
`;
}

function emitRecord(message: MessageModel): string {
  const members = membersInOrder(message);
  const parameters = members.map(
    (field) => `${field.name}: ${canonicalField(field)}${isOptional(field) ? ' | undefined' : ''}`,
  );
  const assignments = members.map((field) => {
    const assignment = `this.${field.name} = ${field.name};`;
    return isOptional(field) ? `if (${field.name} !== undefined) ${assignment}` : assignment;
  });
  const self = `this: Writable<${message.name}>`;
  return `
export const ${message.name}Record: new (${parameters.join(', ')}) => ${message.name} = recordConstructor(function (${[self, ...parameters].join(', ')}): void {
  ${assignments.join('\n')}
});`;
}

/** The function that copies a stored object with another meta. */
function emitWithMeta(message: MessageModel): string {
  if (!message.stored) return '';
  const values = membersInOrder(message).map((field) => {
    const member = `value.${field.name}`;
    if (field.name === 'meta') return field.name;
    return isOptional(field) ? `${emitIsOwn(field)} ? ${member} : undefined` : member;
  });
  return `
function with${message.name}Meta(value: ${message.name}, meta: Meta): ${message.name} {
  return new ${message.name}Record(${values.join(', ')});
}`;
}

function emptyArguments(message: MessageModel): string {
  return membersInOrder(message)
    .map((field) => (isOptional(field) ? 'undefined' : emptyValue(field)))
    .join(', ');
}

/** The value of a member that is always present, while the field is not set. */
function emptyValue({ label, value }: FieldModel): string {
  if (label === 'repeated') return 'emptyList';
  if (label === 'map') return 'emptyMap';
  if (value.kind === 'message') return `${typeConstant(value.type)}.empty`;
  if (value.kind === 'enum') return '0';
  return { string: "''", bool: 'false', bytes: 'emptyBytes' }[value.name as string] ?? '0';
}

function emitSame(message: MessageModel): string {
  const terms = message.fields.map(emitSameMember);
  const parameters = terms.length === 0 ? '' : `a: ${message.name}, b: ${message.name}`;
  return `function same${message.name}(${parameters}): boolean {
  return ${terms.length === 0 ? 'true' : terms.join(' && ')};
}`;
}

/** An optional scalar can be equal to that of `Object.prototype`, which an object does not have itself. */
function emitSameMember(field: FieldModel): string {
  const { name, value } = field;
  if (value.kind === 'scalar' && value.name === 'float') return `Object.is(a.${name}, b.${name})`;
  const same = `a.${name} === b.${name}`;
  return isOptional(field) && value.kind !== 'message'
    ? `${same} && (a.${name} === undefined || Object.hasOwn(a, '${name}') === Object.hasOwn(b, '${name}'))`
    : same;
}

function emitDescriptor({ protoName, number, value, label, oneof, always, goDuration }: FieldModel): string {
  const type =
    value.kind === 'scalar'
      ? `'${value.name}'`
      : value.kind === 'message'
        ? typeConstant(value.type)
        : `${value.type.name}Names`;
  const traits = [
    label === 'singular' ? '' : `label: '${label}'`,
    oneof === undefined ? '' : `oneof: '${oneof}'`,
    always ? 'always: true' : '',
    goDuration ? 'goDuration: true' : '',
  ].filter((trait) => trait !== '');
  return `field('${protoName}', ${number}, ${type}${traits.length === 0 ? '' : `, { ${traits.join(', ')} }`}),`;
}
