import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { propertyName } from '../../../src/wire/fields/field.ts';
import type { EnumModel, FieldModel, FileModel, MessageModel, ScalarName, ValueType } from './model.ts';

/** The parts of the members' names that only repeat the name of the enum. */
const droppedPrefix = /^(?:STORE|WATCH)_ACTION_/;

/** Names that generated code cannot declare, because compiled modules use the global of that name. */
const renamed: ReadonlyMap<string, string> = new Map([['Object', 'WatchObject']]);

/** Holds the option fields, which are about the other files. */
const optionsFile = 'options';

/** The API of a server that the package talks to: written by hand, no part of the objects. */
const foreignFolder = 'etcd/';

/** Parses every .proto file below `folder`. */
export function loadProto(folder: string): FileModel[] {
  const root = new protobuf.Root();
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.proto'))
    .map((path) => path.slice(0, -'.proto'.length))
    .filter((path) => path !== optionsFile && !path.startsWith(foreignFolder))
    .sort();
  const sources = new Map(paths.map((path) => [path, readFileSync(join(folder, `${path}.proto`), 'utf8')]));
  for (const [path, source] of sources) {
    (protobuf.parse as { filename?: string }).filename = path;
    protobuf.parse(source, root, { keepCase: true, alternateCommentMode: true });
  }
  root.resolveAll();
  return new Loader(root).files(sources);
}

class Loader {
  readonly #root: protobuf.Root;
  readonly #messages = new Map<protobuf.Type, MessageModel>();
  readonly #enums = new Map<protobuf.Enum, EnumModel>();

  constructor(root: protobuf.Root) {
    this.#root = root;
    this.#collect(root);
    for (const [type, model] of this.#messages) model.fields = this.#fields(type);
    const storeAction = this.#root.lookupType('docker.swarmkit.v1.StoreAction');
    for (const field of storeAction.fieldsArray) {
      if (field.partOf !== null && field.resolvedType instanceof protobuf.Type)
        this.#message(field.resolvedType).stored = true;
    }
  }

  files(sources: ReadonlyMap<string, string>): FileModel[] {
    return [...sources].map(([path, source]) => ({
      path,
      comment: /^\/\/ (.*)\n/.exec(source)?.[1] ?? '',
      enums: [...this.#enums].filter(([type]) => type.filename === path).map(([, model]) => model),
      messages: contentsFirst([...this.#messages].filter(([type]) => type.filename === path).map(([, model]) => model)),
    }));
  }

  #collect(space: protobuf.NamespaceBase): void {
    for (const nested of space.nestedArray) {
      if (nested instanceof protobuf.Enum) this.#enums.set(nested, enumModel(nested));
      if (nested instanceof protobuf.Type) this.#messages.set(nested, messageModel(nested));
      if (nested instanceof protobuf.Namespace) this.#collect(nested);
    }
  }

  #fields(type: protobuf.Type): FieldModel[] {
    return type.fieldsArray.map((field) => this.#field(field)).sort((a, b) => a.number - b.number);
  }

  #field(field: protobuf.Field): FieldModel {
    const options: { readonly [name: string]: unknown } = field.options ?? {};
    const model: FieldModel = {
      protoName: field.name,
      name: propertyName(field.name),
      number: field.id,
      comment: field.comment ?? '',
      value: this.#value(field),
      label: field instanceof protobuf.MapField ? 'map' : field.repeated ? 'repeated' : 'singular',
      oneof: field.partOf?.name,
      always: options['(always)'] === true,
      goDuration: options['(go_duration)'] === true,
      snapshotVersion: options['(snapshot_version)'] === true,
      deprecated: options['deprecated'] === true,
    };
    check(field, model, options['packed'] === false);
    return model;
  }

  #value(field: protobuf.Field): ValueType {
    if (field.resolvedType instanceof protobuf.Enum) {
      return { kind: 'enum', type: this.#enums.get(field.resolvedType) as EnumModel };
    }
    if (field.resolvedType instanceof protobuf.Type)
      return { kind: 'message', type: this.#message(field.resolvedType) };
    return { kind: 'scalar', name: field.type as ScalarName };
  }

  #message(type: protobuf.Type): MessageModel {
    return this.#messages.get(type) as MessageModel;
  }
}

/** Refuses what the generator would get wrong, rather than to generate it. */
function check(field: protobuf.Field, model: FieldModel, unpacked: boolean): void {
  const { value, label } = model;
  const refuse = (what: string): never => {
    throw new Error(`${field.fullName}: the generator does not know ${what}; teach it first`);
  };
  if (value.kind === 'scalar' && !/^(?:string|bytes|bool|u?int(?:32|64)|float)$/.test(value.name))
    refuse(`the type ${value.name}`);
  if (label === 'repeated' && value.kind === 'enum') refuse('lists of enums');
  if (label === 'repeated' && value.kind === 'scalar' && value.name !== 'string') {
    if (value.name !== 'uint64' || !unpacked) refuse('lists of numbers other than uint64 with packed = false');
  }
  if (field instanceof protobuf.MapField && field.keyType !== 'string') refuse('keys that are not strings');
  if (label === 'map' && value.kind !== 'message' && !(value.kind === 'scalar' && value.name === 'string'))
    refuse('such maps');
  if (model.oneof !== undefined && value.kind === 'scalar' && value.name !== 'string')
    refuse(`${value.name} in a oneof`);
}

function messageModel(type: protobuf.Type): MessageModel {
  const path = localPath(type);
  const exportedName = path.replaceAll('.', '');
  const name = renamed.get(exportedName) ?? exportedName;
  return {
    name,
    exportedName,
    path,
    fullName: type.fullName.slice(1),
    comment: type.comment ?? '',
    stored: false,
    fields: [],
  };
}

function enumModel(type: protobuf.Enum): EnumModel {
  const path = localPath(type);
  const members = Object.entries(type.values).map(([protoName, number]) => ({
    name: protoName.replace(droppedPrefix, ''),
    protoName,
    number,
    comment: type.comments[protoName] ?? '',
  }));
  return { name: path.replaceAll('.', ''), path, comment: type.comment ?? '', members };
}

/** The name without its package. */
function localPath(object: protobuf.ReflectionObject): string {
  return object.fullName.replace(/^\.(?:docker\.swarmkit\.v1|google\.protobuf)\./, '');
}

function contentsFirst(messages: readonly MessageModel[]): MessageModel[] {
  const ordered = new Set<MessageModel>();
  const visit = (message: MessageModel): void => {
    if (ordered.has(message)) return;
    for (const { value } of message.fields) {
      if (value.kind === 'message' && messages.includes(value.type)) visit(value.type);
    }
    ordered.add(message);
  };
  messages.forEach(visit);
  return [...ordered];
}
