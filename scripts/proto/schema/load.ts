import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { memberName } from '../../../src/wire/input/enum-members.ts';
import { propertyName } from '../../../src/wire/fields/field.ts';
import type { EnumModel, FieldModel, FileModel, MessageModel, ScalarName, ServiceModel, ValueType } from './model.ts';

/** Names that generated code cannot declare, because compiled modules use the global of that name. */
const renamed: ReadonlyMap<string, string> = new Map([['Object', 'WatchObject']]);

/** Parses .proto files below `folder`. The paths are without extension. */
export function loadProto(folder: string, paths: readonly string[]): FileModel[] {
  const root = new protobuf.Root();
  const sources = new Map(paths.map((path) => [path, readFileSync(join(folder, `${path}.proto`), 'utf8')]));
  for (const [path, source] of sources) {
    (protobuf.parse as { filename?: string }).filename = path;
    protobuf.parse(source, root, { keepCase: true, alternateCommentMode: true });
  }
  root.resolveAll();
  return new Loader(root).files(sources);
}

/** The paths of all .proto files below `folder`, without extension, in the order of their names. */
export function protoPaths(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.proto'))
    .map((path) => path.slice(0, -'.proto'.length))
    .sort();
}

class Loader {
  readonly #messages = new Map<protobuf.Type, MessageModel>();
  readonly #enums = new Map<protobuf.Enum, EnumModel>();
  readonly #services: protobuf.Service[] = [];

  constructor(root: protobuf.Root) {
    this.#collect(root);
    for (const [type, model] of this.#messages) model.fields = this.#fields(type);
  }

  files(sources: ReadonlyMap<string, string>): FileModel[] {
    return [...sources].map(([path, source]) => ({
      path,
      comment: /^\/\/ (.*)\n/.exec(source)?.[1] ?? '',
      enums: [...this.#enums].filter(([type]) => type.filename === path).map(([, model]) => model),
      messages: contentsFirst([...this.#messages].filter(([type]) => type.filename === path).map(([, model]) => model)),
      services: this.#services.filter(({ filename }) => filename === path).map((service) => this.#service(service)),
    }));
  }

  #collect(space: protobuf.NamespaceBase): void {
    for (const nested of space.nestedArray) {
      if (nested instanceof protobuf.Enum) this.#enums.set(nested, enumModel(nested));
      if (nested instanceof protobuf.Type) this.#messages.set(nested, messageModel(nested));
      if (nested instanceof protobuf.Service) this.#services.push(nested);
      if (nested instanceof protobuf.Namespace) this.#collect(nested);
    }
  }

  #fields(type: protobuf.Type): FieldModel[] {
    return type.fieldsArray.map((field) => this.#field(field)).sort((a, b) => a.number - b.number);
  }

  #field(field: protobuf.Field): FieldModel {
    const options: { readonly [name: string]: unknown } = field.options ?? {};
    return {
      protoName: field.name,
      name: propertyName(field.name),
      number: field.id,
      comment: field.comment ?? '',
      value: this.#value(field),
      label: field instanceof protobuf.MapField ? 'map' : field.repeated ? 'repeated' : 'singular',
      keyType: field instanceof protobuf.MapField ? (field.keyType as ScalarName) : undefined,
      packed: field.repeated && field.packed,
      oneof: field.partOf?.name,
      always: options['(always)'] === true,
      goDuration: options['(go_duration)'] === true,
      snapshotVersion: options['(snapshot_version)'] === true,
      deprecated: options['deprecated'] === true,
    };
  }

  #service(service: protobuf.Service): ServiceModel {
    const methods = service.methodsArray.map((method) => ({
      protoName: method.name,
      name: method.name.slice(0, 1).toLowerCase() + method.name.slice(1),
      comment: method.comment ?? '',
      request: this.#message(method.resolvedRequestType as protobuf.Type),
      response: this.#message(method.resolvedResponseType as protobuf.Type),
      requestStream: method.requestStream === true,
      responseStream: method.responseStream === true,
    }));
    return { name: service.name, fullName: service.fullName.slice(1), comment: service.comment ?? '', methods };
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
    hasCodec: false,
    fields: [],
  };
}

function enumModel(type: protobuf.Enum): EnumModel {
  const path = localPath(type);
  const members = Object.entries(type.values).map(([protoName, number]) => ({
    name: memberName(protoName),
    protoName,
    number,
    comment: type.comments[protoName] ?? '',
  }));
  return { name: path.replaceAll('.', ''), path, comment: type.comment ?? '', members };
}

/** The name without its package: the names of the messages around it, and its own. */
function localPath(object: protobuf.ReflectionObject): string {
  const { parent, name } = object;
  return parent instanceof protobuf.Type ? `${localPath(parent)}.${name}` : name;
}

function contentsFirst(messages: readonly MessageModel[]): MessageModel[] {
  const ordered: MessageModel[] = [];
  const visited = new Set<MessageModel>();
  const visit = (message: MessageModel): void => {
    if (visited.has(message)) return;
    visited.add(message);
    for (const { value } of message.fields) {
      if (value.kind === 'message' && messages.includes(value.type)) visit(value.type);
    }
    ordered.push(message);
  };
  messages.forEach(visit);
  return ordered;
}
