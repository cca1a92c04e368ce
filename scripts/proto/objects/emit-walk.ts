import { emitInherited } from './emit-own.ts';
import { isOptional, membersInOrder } from '../schema/fields.ts';
import type { FieldModel, MessageModel } from '../schema/model.ts';
import { typeConstant } from './type-names.ts';

/** The pass that checks, copies and normalises an input. */
export function emitWalk(message: MessageModel): string {
  const constant = typeConstant(message);
  const members = membersInOrder(message);
  const given = members.length === 0 ? '' : `const given: Unchecked<${message.name}> = `;
  const oneofs = new Map<string, string[]>();
  for (const { oneof, name } of message.fields)
    if (oneof !== undefined) oneofs.set(oneof, [...(oneofs.get(oneof) ?? []), name]);
  const checks = [...oneofs]
    .filter(([, names]) => names.length > 1)
    .map(([oneof, names]) => `walk.oneof('${oneof}', ${constant}, ${names.join(', ')});`);
  return `
function walk${message.name}(input: unknown, previous: ${message.name} | undefined, walk: InputWalk): ${message.name} {
  if ((previous === undefined || input === previous) && ${constant}.is(input)) return input;
  ${given}walk.members(input, ${constant}, ${emitInherited(members)});
  ${members.map((field) => `const ${field.name} = ${take(field, constant)};`).join('\n')}
  ${checks.join('\n')}
  ${message.fields
    .filter((field) => field.snapshotVersion)
    .map((field) => `checkSnapshotVersion(${field.name});`)
    .join('\n')}
  const record = new ${message.name}Record(${members.map(({ name }) => name).join(', ')});
  return ${constant}.settle(record, input, previous);
}`;
}

function take(field: FieldModel, constant: string): string {
  const { name, label, value } = field;
  const argument = `given.${name}, '${name}'`;
  const previous = `previous?.${name}`;
  if (value.kind === 'message') {
    const type = typeConstant(value.type);
    if (field.goDuration) return `walk.goDuration(${argument}, ${type}, ${previous})`;
    const method = { singular: isOptional(field) ? 'optional' : 'always', repeated: 'messages', map: 'messageMap' }[
      label
    ];
    return `walk.${method}(${argument}, ${type}, ${previous})`;
  }
  if (label === 'map') return `walk.stringMap(${argument}, ${previous})`;
  if (value.kind === 'enum') {
    const names = `${value.type.name}Names`;
    const cast = ` as ${value.type.name}`;
    return isOptional(field)
      ? `walk.optionalEnumeration(${argument}, ${names})${cast} | undefined`
      : `walk.enumeration(${argument}, ${names})${cast}`;
  }
  if (label === 'repeated') return `walk.${value.name}s(${argument}, ${previous})`;
  if (isOptional(field)) return `walk.optionalString(${argument}, ${previous})`;
  if (value.name === 'string') return `walk.string(${argument}, ${previous})`;
  return value.name === 'bytes'
    ? `walk.bytes(${argument}, ${previous}, ${constant}.is(input))`
    : `walk.${value.name}(${argument})`;
}
