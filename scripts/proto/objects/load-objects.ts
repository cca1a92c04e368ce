import { loadProto, protoPaths } from '../schema/load.ts';
import type { FieldModel, FileModel, MessageModel } from '../schema/model.ts';

/** The file that declares the options of fields; it has no messages. */
const optionsFile = 'options';

/** Parses the .proto files of swarmkit's objects: all below `folder` that are not below one of `otherFolders`. */
export function loadObjects(folder: string, otherFolders: readonly string[]): FileModel[] {
  const paths = protoPaths(folder).filter(
    (path) => path !== optionsFile && !otherFolders.some((other) => path.startsWith(`${other}/`)),
  );
  const files = loadProto(folder, paths);
  const messages = files.flatMap((file) => file.messages);
  for (const message of messages) for (const field of message.fields) check(message, field);
  for (const { value } of messages.find(({ name }) => name === 'StoreAction')?.fields ?? [])
    if (value.kind === 'message') value.type.stored = true;
  return files;
}

/** Refuses a field for which the generator would write a wrong codec. */
function check(message: MessageModel, field: FieldModel): void {
  const { value, label } = field;
  const refuse = (what: string): never => {
    throw new Error(`${message.fullName}.${field.protoName}: the generator does not know ${what}; teach it first`);
  };
  if (value.kind === 'scalar' && !/^(?:string|bytes|bool|u?int(?:32|64)|float)$/.test(value.name))
    refuse(`the type ${value.name}`);
  if (label === 'repeated' && value.kind === 'enum') refuse('lists of enums');
  if (label === 'repeated' && value.kind === 'scalar' && value.name !== 'string') {
    if (value.name !== 'uint64' || field.packed) refuse('lists of numbers other than uint64 with packed = false');
  }
  if (label === 'map' && field.keyType !== 'string') refuse('keys that are not strings');
  if (label === 'map' && value.kind !== 'message' && !(value.kind === 'scalar' && value.name === 'string'))
    refuse('such maps');
  if (field.oneof !== undefined && value.kind === 'scalar' && value.name !== 'string')
    refuse(`${value.name} in a oneof`);
}
