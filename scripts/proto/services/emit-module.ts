import { posix } from 'node:path';
import type { FileModel } from '../schema/model.ts';
import { doc } from '../text/doc.ts';
import { emitEnum } from '../text/emit-enum.ts';
import { header, importLines } from '../text/module-text.ts';
import { emitMessage } from './emit-message.ts';
import { emitService } from './emit-service.ts';
import type { Integers } from './values.ts';

/** Names of globals and imports that the generated code uses. */
const reserved: ReadonlySet<string> = new Set([
  ...['BigInt', 'Buffer', 'Map', 'Object', 'ReadonlyMap', 'Uint8Array'],
  ...['Reader', 'Writer', 'RpcMethod', 'Sparse', 'Unfinished'],
]);

/** The hand-written modules that the generated code may use, below src/base/protobuf. */
const helpers: {
  readonly [module: string]: { readonly values: readonly string[]; readonly types: readonly string[] };
} = {
  'int64.ts': {
    values: [
      ...['readFixed64', 'readInt64', 'readSfixed64', 'readSint64', 'readUint64', 'safeNumber'],
      ...['writeFixed64', 'writeInt64', 'writeSint64'],
    ],
    types: [],
  },
  'service-codec.ts': {
    values: ['encoded', 'enter', 'readerOf', 'readNested', 'readNumbers', 'skipField', 'writeNested'],
    types: [],
  },
  'object-codec.ts': { values: ['encodedObject', 'readObject', 'writeObject'], types: [] },
  'service-messages.ts': { values: [], types: ['RpcMethod', 'Sparse', 'Unfinished'] },
};

/** Messages that have codecs of their own. */
export interface Objects {
  readonly files: readonly FileModel[];
  /** The path to the modules of these files. */
  readonly path: string;
}

/**
 * The TypeScript module of one of the .proto files of a service: interfaces, functions that encode and decode, and
 * descriptions of the services. `base` is the path from the module to src/base/protobuf.
 */
export function emitModule(
  file: FileModel,
  files: readonly FileModel[],
  integers: Integers,
  base: string,
  objects: Objects = { files: [], path: '' },
): string {
  requireNames(files);
  const body = [
    ...file.enums.map(emitEnum),
    ...file.messages.map((message) => emitMessage(message, integers)),
    ...file.services.map(emitService),
  ].join('\n');
  // The path of a method may have the name of a message that nothing uses.
  const words = new Set(body.replaceAll(/'[^'\n]*'/g, '').match(/\w+/g));
  const imports = [
    ...importLines('protobufjs/minimal.js', [], ['Reader', 'Writer'], words),
    ...Object.entries(helpers).flatMap(([module, { values, types }]) =>
      importLines(`${base}/${module}`, values, types, words),
    ),
    ...objects.files.flatMap(({ path, messages }) =>
      importLines(
        `${objects.path}/${path}.ts`,
        messages.map(({ name }) => name),
        [],
        words,
      ),
    ),
    ...files.filter((other) => other !== file).flatMap((other) => importsOf(other, pathFrom(file, other), words)),
  ];
  return `${header}\n\n${imports.join('\n')}\n\n${doc([file.comment]).trim()}\n${body}`;
}

/** The imports from the module of another .proto file. */
function importsOf({ messages, enums }: FileModel, path: string, words: ReadonlySet<string>): string[] {
  const functions = messages.flatMap(({ name }) =>
    ['new', 'read', 'write', 'encode', 'decode'].map((verb) => `${verb}${name}`),
  );
  return importLines(
    path,
    functions,
    [...messages, ...enums].map(({ name }) => name),
    words,
  );
}

function pathFrom(file: FileModel, other: FileModel): string {
  const path = posix.relative(posix.dirname(file.path), `${other.path}.ts`);
  return path.startsWith('.') ? path : `./${path}`;
}

/** Refuses names that generated modules cannot tell apart. */
function requireNames(files: readonly FileModel[]): void {
  const taken = new Set(reserved);
  for (const { path, messages, enums } of files) {
    for (const { name } of [...messages, ...enums]) {
      if (taken.has(name)) throw new Error(`${path}.proto: generated code cannot declare ${name}; rename it first`);
      taken.add(name);
    }
  }
}
