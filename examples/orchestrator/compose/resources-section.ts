import type { ConfigInput, NetworkInput, SecretInput } from 'swarmstate';
import { readPairs } from './parts.ts';
import type { Entry, Value } from './value.ts';

/** Options of the top-level sections. */
export interface ImportContext {
  newId(): string;
  /** Converts the name of an object in the file to its name in the cluster. */
  clusterName(name: string): string;
  /** Returns the contents of a file that the Compose file names; throws when it cannot be read. */
  readFile(path: string): Uint8Array;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The objects of one section, by their names in the file. */
export type Section<T> = ReadonlyMap<string, T>;

/** Reads the top-level `networks`. */
export function readNetworks(value: Value, context: ImportContext): Section<NetworkInput> {
  return readSection(value, ({ key, value: body }) => {
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
      external: standIn,
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
  });
}

/** Reads the top-level `secrets` or `configs`: both are named data. */
export function readData(value: Value, context: ImportContext): Section<SecretInput & ConfigInput> {
  return readSection(value, ({ key, keyValue, value: body }) => {
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
        sources++;
        standIn(member);
      },
    });
    if (sources !== 1) {
      keyValue.error(
        `${keyValue.path} ${sources === 0 ? 'says nowhere what it holds' : 'says more than once what it holds'}; give it one of file, content, environment`,
      );
    }
    return { id: context.newId(), spec: { annotations: { name, labels }, data } };
  });
}

function readSection<T>(value: Value, read: (entry: Entry) => T): Section<T> {
  return new Map(
    value.entries().flatMap((entry) => (entry.key.startsWith('x-') ? [] : [[entry.key, read(entry)] as const])),
  );
}

function standIn(value: Value): void {
  if (value.boolean() === true)
    value.warn(`${value.path}: there is nothing outside of this file, so a stand-in is created`);
}

function readFileOf(value: Value, context: ImportContext): Uint8Array | undefined {
  const path = value.text();
  if (path === undefined) return undefined;
  try {
    return context.readFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    value.error(
      `${value.path}: ${path} cannot be read (${reason}); the path starts from the folder of the Compose file`,
    );
    return undefined;
  }
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
