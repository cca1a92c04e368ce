import type { FieldModel, FileModel, MessageModel } from '../schema/model.ts';
import { header, importLines } from '../text/module-text.ts';
import { typeConstant } from './type-names.ts';

/** One kind of stored object, and the field of a snapshot that lists the objects of the kind. */
interface KindModel {
  readonly kind: string;
  readonly message: MessageModel;
  readonly list: FieldModel;
}

/** The TypeScript module of the kinds: the members of `StoreAction`, in the order of the fields of `StoreSnapshot`. */
export function emitKinds(files: readonly FileModel[]): string {
  const kinds = kindModels(files);
  const inSnapshot = [...kinds].sort((a, b) => a.list.number - b.list.number);
  const perKind = (value: (model: KindModel) => string): string =>
    kinds.map((model) => `${model.kind}: ${value(model)},`).join('\n');
  return `${header}

${kindImports(files, kinds)}

/** The kinds of object that the store holds. */
export type Kind = ${kinds.map(({ kind }) => `'${kind}'`).join(' | ')};

/** The stored object of each kind. */
export interface Kinds {
${perKind(({ message }) => message.name)}
}

/** The input that \`create\` and \`update\` take for each kind. */
export interface KindInputs {
${perKind(({ message }) => `${message.name}Input`)}
}

/** The draft that a recipe edits for each kind. */
export interface KindDrafts {
${perKind(({ message }) => `${message.name}Draft`)}
}

/** The type of message of each kind. */
export const kindTypes: { readonly [K in Kind]: MessageType<Kinds[K], KindInputs[K]> } = {
${perKind(({ message }) => typeConstant(message))}
};

/**
 * The codec of each kind, for code that works with every kind: \`codecs[event.kind]\`. \`codecs.task\` is the codec
 * \`Task\` of \`swarmstate/proto\`.
 */
export const codecs: { readonly [K in Kind]: MessageCodec<Kinds[K], KindInputs[K]> } = Object.freeze({ ...kindTypes });

/** The field of a \`StoreSnapshot\` that lists the objects of each kind. The kinds are in alphabetical order. */
export const snapshotFields = {
${perKind(({ list }) => `'${list.name}'`)}
} as const;

/** The tag of that field on the wire. */
export const snapshotTags: { readonly [K in Kind]: number } = {
${perKind(({ list }) => String(list.number * 8 + 2))}
};

/** The kinds in the order in which an encoded \`StoreSnapshot\` holds their objects. */
export const snapshotKinds: readonly Kind[] = [${inSnapshot.map(({ kind }) => `'${kind}'`).join(', ')}];
`;
}

function kindModels(files: readonly FileModel[]): KindModel[] {
  const messages = files.flatMap((file) => file.messages);
  const find = (name: string): MessageModel => {
    const found = messages.find((message) => message.name === name);
    if (found === undefined) throw new Error(`proto/ has no message ${name}`);
    return found;
  };
  const lists = find('StoreSnapshot').fields;
  return find('StoreAction')
    .fields.flatMap(({ name, value }) => {
      if (value.kind !== 'message' || !value.type.stored) return [];
      const list = lists.find((field) => field.value.kind === 'message' && field.value.type === value.type);
      if (list === undefined) throw new Error(`StoreSnapshot has no list of ${value.type.name}`);
      return [{ kind: name, message: value.type, list }];
    })
    .sort((a, b) => (a.kind < b.kind ? -1 : 1));
}

function kindImports(files: readonly FileModel[], kinds: readonly KindModel[]): string {
  const used = new Set(
    kinds.flatMap(({ message }) => [
      typeConstant(message),
      message.name,
      `${message.name}Input`,
      `${message.name}Draft`,
    ]),
  );
  const lines = files.flatMap(({ path, messages }) =>
    importLines(
      `./${path}.ts`,
      messages.map(typeConstant),
      messages.flatMap(({ name }) => [name, `${name}Input`, `${name}Draft`]),
      used,
    ),
  );
  return [
    `import type { MessageCodec } from '../codec/message-codec.ts';
import type { MessageType } from '../codec/message-type.ts';`,
    ...lines,
  ].join('\n');
}
