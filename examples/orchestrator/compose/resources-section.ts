import type { ConfigInput, NetworkInput, SecretInput } from 'swarmstate';
import { pathFrom } from './compose-files.ts';
import type { ComposeFiles } from './compose-files.ts';
import { readPairs } from './parts.ts';
import type { Entry, Value } from './value.ts';

/** Options of the top-level sections. */
export interface ImportContext {
  newId(): string;
  /** Converts the name of an object in the file to its name in the cluster. */
  clusterName(name: string): string;
  /** The image of a service that says only how to build one. */
  imageName(service: string): string;
  readonly files: ComposeFiles;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Reads an entry of the top-level `networks`. */
export function readNetworks({ key, value: body }: Entry, context: ImportContext): NetworkInput {
  let name = context.clusterName(key);
  let labels: { readonly [name: string]: string } = {};
  let driver = 'overlay';
  let options: { readonly [name: string]: string } | undefined;
  let attachable: boolean | undefined;
  let internal: boolean | undefined;
  let ipv6Enabled: boolean | undefined;
  body.read({
    name: (member) => (name = member.text() ?? name),
    labels: (member) => (labels = readPairs(member, () => '')),
    driver: (member) => (driver = member.text() ?? driver),
    driver_opts: (member) => (options = readPairs(member, () => '')),
    attachable: (member) => (attachable = member.boolean()),
    internal: (member) => (internal = member.boolean()),
    enable_ipv6: (member) => (ipv6Enabled = member.boolean()),
    external: (member) => (name = standIn(member) ?? name),
  });
  return {
    id: context.newId(),
    spec: {
      annotations: { name, labels },
      driverConfig: { name: driver, options },
      attachable,
      internal,
      ipv6Enabled,
    },
  };
}

/** Reads an entry of the top-level `secrets` or `configs`: both are named data. */
export function readData({ key, keyValue, value: body }: Entry, context: ImportContext): SecretInput & ConfigInput {
  let name = context.clusterName(key);
  let labels: { readonly [name: string]: string } = {};
  let data: Uint8Array | undefined;
  let sources = 0;
  const from = (bytes: Uint8Array | undefined): void => {
    sources++;
    data = bytes;
  };
  body.read({
    name: (member) => (name = member.text() ?? name),
    labels: (member) => (labels = readPairs(member, () => '')),
    file: (member) => from(readFileOf(member, context)),
    content: (member) => from(bytesOf(member.text())),
    environment: (member) => from(readVariable(member, context)),
    external: (member) => {
      if (member.isMapping || member.boolean() === true) sources++;
      name = standIn(member) ?? name;
    },
  });
  if (sources !== 1) {
    keyValue.error(
      `${keyValue.path} ${sources === 0 ? 'says nowhere what it holds' : 'says more than once what it holds'}; ` +
        'give it one of file, content, environment',
    );
  }
  return { id: context.newId(), spec: { annotations: { name, labels }, data } };
}

/** Reads `external`: true, or a mapping with the name, as old files have it. Returns that name. */
function standIn(value: Value): string | undefined {
  let name: string | undefined;
  if (value.isMapping) value.read({ name: (member) => (name = member.text()) });
  else if (value.boolean() !== true) return undefined;
  value.warn(`${value.path}: there is nothing outside of this file, so a stand-in is created`);
  return name;
}

function readFileOf(value: Value, { files }: ImportContext): Uint8Array | undefined {
  const path = value.text();
  return path === undefined ? undefined : files.read(pathFrom(value.source.folder, path), value);
}

function readVariable(value: Value, context: ImportContext): Uint8Array | undefined {
  const name = value.text();
  if (name === undefined) return undefined;
  const text = context.environment[name];
  if (text === undefined) value.warn(`${value.path}: the variable ${name} has no value, so that it is empty`);
  return bytesOf(text ?? '');
}

function bytesOf(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : new TextEncoder().encode(text);
}
