/** The contents of .proto files as the generator uses them, free of the parser's own classes. */

export type ScalarName =
  | 'string'
  | 'bytes'
  | 'bool'
  | 'float'
  | 'double'
  | 'int32'
  | 'uint32'
  | 'sint32'
  | 'fixed32'
  | 'sfixed32'
  | 'int64'
  | 'uint64'
  | 'sint64'
  | 'fixed64'
  | 'sfixed64';

export interface EnumModel {
  /** The name in the generated code: its path without dots. */
  readonly name: string;
  /** The name in the .proto files, with its path. */
  readonly path: string;
  readonly comment: string;
  readonly members: readonly {
    readonly name: string;
    readonly protoName: string;
    readonly number: number;
    readonly comment: string;
  }[];
}

export type ValueType =
  | { readonly kind: 'scalar'; readonly name: ScalarName }
  | { readonly kind: 'enum'; readonly type: EnumModel }
  | { readonly kind: 'message'; readonly type: MessageModel };

export interface FieldModel {
  readonly protoName: string;
  /** The name in objects. */
  readonly name: string;
  readonly number: number;
  readonly comment: string;
  readonly value: ValueType;
  readonly label: 'singular' | 'repeated' | 'map';
  /** The type of a map's keys. */
  readonly keyType: ScalarName | undefined;
  /** The numbers of a list stand behind one tag. */
  readonly packed: boolean;
  readonly oneof: string | undefined;
  readonly always: boolean;
  readonly goDuration: boolean;
  readonly snapshotVersion: boolean;
  readonly deprecated: boolean;
}

export interface MessageModel {
  /** The name in the generated code. */
  readonly name: string;
  /** The name in the exports of src/proto.ts: its path without dots. */
  readonly exportedName: string;
  readonly path: string;
  /** With the package, as in `Any` and in errors. */
  readonly fullName: string;
  readonly comment: string;
  /** True for the ten kinds of object: an input for the store needs an id. */
  stored: boolean;
  /** For a message of a service: true where the message has a codec of its own, among the objects. */
  hasCodec: boolean;
  /** By number; filled in once all types are known. */
  fields: readonly FieldModel[];
}

export interface FileModel {
  /** Without extension: `google/protobuf/any`. */
  readonly path: string;
  readonly comment: string;
  readonly enums: readonly EnumModel[];
  /** Each message comes after the messages that it contains, if no message contains itself. */
  readonly messages: readonly MessageModel[];
  readonly services: readonly ServiceModel[];
}

export interface ServiceModel {
  readonly name: string;
  /** With the package, as in the path of a call. */
  readonly fullName: string;
  readonly comment: string;
  readonly methods: readonly MethodModel[];
}

export interface MethodModel {
  readonly protoName: string;
  /** The name in objects. */
  readonly name: string;
  readonly comment: string;
  readonly request: MessageModel;
  readonly response: MessageModel;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}
