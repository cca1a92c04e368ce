import { basename, dirname, resolve } from 'node:path';
import { newId as swarmId } from 'swarmstate';
import type { ConfigInput, NetworkInput, SecretInput, ServiceInput } from 'swarmstate';
import { Config, Network, Secret, Service } from 'swarmstate/proto';
import { ComposeFiles } from './compose-files.ts';
import type { ReadFile } from './compose-files.ts';
import { ComposeError, inOrder } from './problems.ts';
import type { Problem } from './problems.ts';
import { readData, readNetworks } from './resources-section.ts';
import type { ImportContext } from './resources-section.ts';
import { extended, readSections } from './sections.ts';
import type { Sections } from './sections.ts';
import { isChosen, readService } from './service-section.ts';
import type { References } from './service-section.ts';
import type { Entry, Value } from './value.ts';

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
  /** Also reads `.env` and the files that are included and extended. */
  readonly readFile: ReadFile;
  /** Wins over the variables in `.env`. */
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
  const files = new ComposeFiles(options.readFile);
  const given = { ...files.variables('.env', options.environment), ...options.environment };
  // Compose sets this variable to the name of the project; without a name, it is that of the folder.
  const environment = { COMPOSE_PROJECT_NAME: basename(dirname(resolve(options.file))), ...given };
  const root = files.parse(text, undefined, '', environment);
  if (given['COMPOSE_PROJECT_NAME'] === undefined)
    environment.COMPOSE_PROJECT_NAME = root?.member('name')?.scalar() ?? environment.COMPOSE_PROJECT_NAME;
  const stack = root === undefined ? undefined : readStack(root, files, environment, options.newId ?? swarmId);
  const problems = inOrder(files.problems);
  if (stack === undefined || problems.some(({ severity }) => severity === 'error'))
    throw new ComposeError(options.file, problems);
  return { stack, warnings: problems };
}

/** An object of the stack, and the place in the file that it comes from. */
interface Placed<T> {
  readonly place: Value;
  readonly object: T;
}

function readStack(
  root: Value,
  files: ComposeFiles,
  environment: ImportOptions['environment'],
  newId: () => string,
): Stack {
  const sections = readSections(root, files);
  const { name } = sections;
  const context: ImportContext = {
    newId,
    clusterName: (own) => (name === undefined ? own : `${name}_${own}`),
    imageName: (own) => (name === undefined ? own : `${name}-${own}`),
    files,
    environment,
  };
  const read = <T>(
    section: Exclude<keyof Sections, 'name'>,
    reader: (entry: Entry, context: ImportContext) => T,
  ): Map<string, Placed<T>> =>
    new Map(
      [...sections[section].values()].map((entry) => [
        entry.key,
        { place: entry.keyValue, object: reader(entry, context) },
      ]),
    );
  const networks = read('networks', readNetworks);
  const secrets = read('secrets', readData);
  const configs = read('configs', readData);
  const references: References = {
    networks,
    secrets,
    configs,
    defaultNetwork(place) {
      let network = networks.get('default');
      if (network === undefined) {
        const annotations = { name: context.clusterName('default') };
        network = { place, object: { id: newId(), spec: { annotations, driverConfig: { name: 'overlay' } } } };
        networks.set('default', network);
      }
      return network.object;
    },
  };
  const services = readServices(root, sections, references, context);
  return {
    name,
    services: accepted(services, Service),
    networks: accepted([...networks.values()], Network),
    secrets: accepted([...secrets.values()], Secret),
    configs: accepted([...configs.values()], Config),
  };
}

function readServices(
  root: Value,
  { services }: Sections,
  references: References,
  context: ImportContext,
): readonly Placed<ServiceInput>[] {
  const whole = [...services.values()].map((entry) => ({ ...entry, value: extended(entry, services, context.files) }));
  const chosen = whole.filter((entry) => isChosen(entry, context));
  const place = root.member('services') ?? root;
  if (whole.length === 0)
    place.error('the file has no services; a service is an image with a name, under the key services');
  else if (chosen.length === 0)
    place.error('every service is left out; choose a profile, for example with COMPOSE_PROFILES=* in the environment');
  return chosen.map((entry) => ({ place: entry.keyValue, object: readService(entry, references, context) }));
}

/**
 * The objects of one table. Reports the ones that the store would refuse: names that differ at most by case, and values
 * that it cannot hold.
 */
function accepted<T extends ServiceInput | NetworkInput | SecretInput | ConfigInput>(
  objects: readonly Placed<T>[],
  codec: { from(input: T): unknown },
): readonly T[] {
  const taken = new Map<string, Value>();
  for (const { place, object } of objects) {
    const name = object.spec?.annotations?.name ?? '';
    const first = taken.get(name.toLowerCase());
    if (first === undefined) taken.set(name.toLowerCase(), place);
    else
      place.error(
        `${place.path} has the same name in the cluster as ${first.path} in ${first.position}: ` +
          `${name}, in upper or lower case; rename one`,
      );
    try {
      codec.from(object);
    } catch (error) {
      place.error(`${place.path} cannot be stored: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return objects.map(({ object }) => object);
}
