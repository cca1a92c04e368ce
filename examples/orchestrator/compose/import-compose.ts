import { newId as swarmId } from 'swarmstate';
import type { ConfigInput, NetworkInput, SecretInput, ServiceInput } from 'swarmstate';
import { LineCounter, parseDocument } from 'yaml';
import { ComposeError } from './problems.ts';
import type { Problem } from './problems.ts';
import { readData, readNetworks } from './resources-section.ts';
import type { ImportContext, Section } from './resources-section.ts';
import { readService } from './service-section.ts';
import type { References } from './service-section.ts';
import { Value } from './value.ts';

/** The objects that a Compose file describes, as inputs for the store. */
export interface Stack {
  readonly name: string | undefined;
  readonly networks: readonly NetworkInput[];
  readonly secrets: readonly SecretInput[];
  readonly configs: readonly ConfigInput[];
  readonly services: readonly ServiceInput[];
}

/** Options of the importer. */
export interface ImportOptions {
  /** The file's name, for messages. */
  readonly file: string;
  /** Returns the contents of a file that the Compose file names, relative to it; throws when it cannot be read. */
  readonly readFile: (path: string) => Uint8Array;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly newId?: (() => string) | undefined;
}

/**
 * Imports a Compose file: services with their `deploy` sections, networks, secrets and configs. Returns their objects,
 * and warnings about keys without effect. Throws a {@link ComposeError} with all errors, in the order of the file.
 */
export function importCompose(
  text: string,
  options: ImportOptions,
): { readonly stack: Stack; readonly warnings: readonly Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems: Problem[] = document.errors.map(({ pos, message }) => {
    const { line, col } = lines.linePos(pos[0]);
    return { severity: 'error', line, column: col, message: `this is no valid YAML: ${message}` };
  });
  // A file that is not YAML has no values to read.
  if (problems.length > 0) throw new ComposeError(options.file, problems);
  const root = new Value({ document, lines, environment: options.environment, problems }, document.contents, '');
  const stack = readStack(root, options);
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  if (problems.some(({ severity }) => severity === 'error')) throw new ComposeError(options.file, problems);
  return { stack, warnings: problems };
}

function readStack(root: Value, { readFile, environment, newId = swarmId }: ImportOptions): Stack {
  const sections = new Map<string, Value>();
  let name: string | undefined;
  root.read({
    name: (value) => (name = value.text()),
    // Old files still have this key, which has no meaning any more.
    version: () => undefined,
    ...Object.fromEntries(
      ['services', 'networks', 'secrets', 'configs'].map((key) => [
        key,
        (value: Value) => void sections.set(key, value),
      ]),
    ),
  });
  const context: ImportContext = {
    newId,
    clusterName: (own) => (name === undefined ? own : `${name}_${own}`),
    readFile,
    environment,
  };
  const section = <T>(key: string, read: (value: Value, context: ImportContext) => Section<T>): Section<T> => {
    const value = sections.get(key);
    return value === undefined ? new Map<string, T>() : read(value, context);
  };
  const networks = new Map(section('networks', readNetworks));
  const secrets = section('secrets', readData);
  const configs = section('configs', readData);
  const references: References = {
    networks,
    secrets,
    configs,
    defaultNetwork() {
      let network = networks.get('default');
      if (network === undefined) {
        network = {
          id: newId(),
          spec: { annotations: { name: context.clusterName('default') }, driverConfig: { name: 'overlay' } },
        };
        networks.set('default', network);
      }
      return network;
    },
  };
  const entries =
    sections
      .get('services')
      ?.entries()
      .filter(({ key }) => !key.startsWith('x-')) ?? [];
  if (entries.length === 0)
    (sections.get('services') ?? root).error(
      'the file has no services; a service is an image with a name, under the key services',
    );
  return {
    name,
    services: entries.map((entry) => readService(entry, references, context)),
    networks: [...networks.values()],
    secrets: [...secrets.values()],
    configs: [...configs.values()],
  };
}
