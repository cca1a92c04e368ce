import { emitCodec } from './emit-codec.ts';
import { doc } from '../text/doc.ts';
import { emitEnum } from '../text/emit-enum.ts';
import { emitInterfaces } from './emit-types.ts';
import { header, importLines } from '../text/module-text.ts';
import type { EnumModel, FileModel, MessageModel } from '../schema/model.ts';
import { encodeInputName, typeConstant } from './type-names.ts';

/** The hand-written modules that generated code may use, and the names that it imports from each. */
const helpers: {
  readonly [module: string]: { readonly values: readonly string[]; readonly types: readonly string[] };
} = {
  'fields/field.ts': { values: ['field'], types: [] },
  'values/enum-type.ts': { values: [], types: ['EnumType'] },
  'input/input-walk.ts': { values: [], types: ['InputWalk'] },
  'codec/message-codec.ts': { values: [], types: ['MessageCodec'] },
  'codec/message-type.ts': { values: ['MessageType'], types: [] },
  'values/record.ts': {
    values: ['emptyBytes', 'emptyList', 'emptyMap', 'emptyObject', 'recordConstructor', 'sealEntries', 'sealList'],
    types: [],
  },
  'codec/snapshot-version.ts': { values: ['checkSnapshotVersion'], types: [] },
  'values/types.ts': {
    values: [],
    types: ['BytesInput', 'DraftList', 'DraftMap', 'Int64', 'ReadonlyBytes', 'Unchecked', 'Writable'],
  },
  'reading/wire-reader.ts': { values: [], types: ['WireReader'] },
  'writing/wire-writer.ts': { values: [], types: ['WireWriter'] },
};

/** The TypeScript module of one .proto file. */
export function emitFile(file: FileModel, files: readonly FileModel[]): string {
  const usedEnums = new Set(
    file.messages.flatMap(({ fields }) => fields.flatMap(({ value }) => (value.kind === 'enum' ? [value.type] : []))),
  );
  const body = [
    ...[...usedEnums].map(emitEnumNames),
    ...file.messages.map((message) => `${emitInterfaces(message)}${emitCodec(message)}`),
  ].join('\n');
  return `${header}\n\n${emitImports(file, files, body)}\n\n${doc([file.comment]).trim()}\n\n${body}`;
}

/** The TypeScript module of every enum, without messages: the name of a number loads no codec. */
export function emitEnums(files: readonly FileModel[]): string {
  return `${header}\n\n/** The enums. */\n${files.flatMap(({ enums }) => enums.map(emitEnum)).join('\n')}`;
}

/** The constant with the names of an enum's members in JSON. */
function emitEnumNames(model: EnumModel): string {
  const members = model.members.map(({ protoName, number }) => `${protoName}: ${number}`);
  return `const ${model.name}Names: EnumType = { name: '${model.path}', values: { ${members.join(', ')} } };`;
}

function emitImports(file: FileModel, files: readonly FileModel[], body: string): string {
  const up = '../'.repeat(file.path.split('/').length);
  const generated = up.slice(3) === '' ? './' : up.slice(3);
  const words = new Set(body.match(/\w+/g));
  const lines = Object.entries(helpers).flatMap(([module, { values, types }]) =>
    importLines(`${up}${module}`, values, types, words),
  );
  const used = usedNames(file);
  lines.push(...importLines(`${generated}enums.ts`, [], files.flatMap(enumNames), used));
  for (const other of files) {
    if (other === file) continue;
    lines.push(
      ...importLines(
        `${generated}${other.path}.ts`,
        other.messages.map(typeConstant),
        other.messages.flatMap(interfaceNames),
        used,
      ),
    );
  }
  return lines.join('\n');
}

/** The names from other generated modules that a file needs. */
function usedNames(file: FileModel): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { value } of file.messages.flatMap(({ fields }) => fields)) {
    if (value.kind === 'enum') names.add(value.type.name);
    if (value.kind === 'message') {
      names
        .add(typeConstant(value.type))
        .add(value.type.name)
        .add(encodeInputName(value.type))
        .add(`${value.type.name}Draft`);
    }
  }
  return names;
}

function enumNames({ enums }: FileModel): string[] {
  return enums.map(({ name }) => name);
}

function interfaceNames(message: MessageModel): string[] {
  return [message.name, encodeInputName(message), `${message.name}Draft`];
}

/** The entry of an export list for a name that begins with the name of a message. */
function exported(message: MessageModel, name: string): string {
  return message.name === message.exportedName
    ? name
    : `${name} as ${message.exportedName}${name.slice(message.name.length)}`;
}

/** The public list of exports. */
export function emitExports(files: readonly FileModel[]): string {
  const lines = files.flatMap((file) => {
    const values = file.messages.map((message) => exported(message, message.name));
    const types = file.messages.flatMap((message) =>
      [...new Set([`${message.name}Input`, encodeInputName(message), `${message.name}Draft`])].map((name) =>
        exported(message, name),
      ),
    );
    const path = `./wire/generated/${file.path}.ts`;
    return values.length === 0
      ? []
      : [`export { ${values.join(', ')} } from '${path}';`, `export type { ${types.join(', ')} } from '${path}';`];
  });
  return `${header}

/**
 * Codecs and types of every message, and the enums.
 *
 * @module swarmstate/proto
 */
export type { MessageCodec } from './wire/codec/message-codec.ts';
export type { JsonOptions } from './wire/json/json-options.ts';
export type { BytesInput, DraftList, DraftMap, Int64, JsonValue, ReadonlyBytes } from './wire/values/types.ts';
export { enumName } from './wire/values/enum-name.ts';
export { codecs } from './wire/generated/kinds.ts';
export type { Kind, KindInputs, Kinds } from './wire/generated/kinds.ts';
export { Commit, StoreEvent } from './model/commit-json.ts';
export type { JsonCodec } from './model/commit-json.ts';
export { ${files.flatMap(enumNames).join(', ')} } from './wire/generated/enums.ts';
${lines.join('\n')}
`;
}
