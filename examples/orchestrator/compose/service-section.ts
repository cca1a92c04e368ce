import type { ConfigInput, NetworkInput, SecretInput, ServiceInput } from 'swarmstate';
import type {
  ContainerSpecInput,
  FileTargetInput,
  NetworkAttachmentConfigInput,
  PortConfigInput,
} from 'swarmstate/proto';
import { pathFrom } from './compose-files.ts';
import { defaultDeploy, isJob, readDeploy } from './deploy-section.ts';
import type { Deploy } from './deploy-section.ts';
import { readCommand, readHealthcheck, readPairs } from './parts.ts';
import { readPorts } from './ports.ts';
import type { ImportContext } from './resources-section.ts';
import { hint } from './value.ts';
import type { Entry, Value } from './value.ts';

/** The objects of one section, by their names in the file. */
export type Section<T> = ReadonlyMap<string, { readonly object: T }>;

/** The objects that services refer to. */
export interface References {
  readonly networks: Section<NetworkInput>;
  readonly secrets: Section<SecretInput>;
  readonly configs: Section<ConfigInput>;
  /** The network of services that do not name one, which no file has to declare. `place` asks for it. */
  defaultNetwork(place: Value): NetworkInput;
}

/** True for a service without profiles, and for one with a profile that `COMPOSE_PROFILES` names. */
export function isChosen({ key, keyValue, value }: Entry, { environment }: ImportContext): boolean {
  const profiles = value.member('profiles');
  if (profiles === undefined || profiles.isEmpty) return true;
  const own = profiles.parts().flatMap((part) => part.texts());
  const chosen = (environment['COMPOSE_PROFILES'] ?? '').split(',').map((profile) => profile.trim());
  if (own.length === 0 || chosen.includes('*') || own.some((profile) => chosen.includes(profile))) return true;
  keyValue.warn(
    `${keyValue.path} is left out, because no profile of it is chosen; ` +
      `COMPOSE_PROFILES=${own[0] ?? key} in the environment chooses it`,
  );
  return false;
}

/** Reads one service. */
export function readService(
  { key, keyValue, value }: Entry,
  references: References,
  context: ImportContext,
): ServiceInput {
  const container: { -readonly [K in keyof ContainerSpecInput]: ContainerSpecInput[K] } = {
    stopGracePeriod: { seconds: 10 },
  };
  let deploy = defaultDeploy;
  let networks: readonly NetworkAttachmentConfigInput[] | undefined;
  let ports: readonly PortConfigInput[] = [];
  let pairs: { readonly [name: string]: string } = {};
  let variables: { readonly [name: string]: string } = {};
  let scale: number | undefined;
  value.read({
    image: (member) => (container.image = member.string()),
    command: (member) => (container.args = readCommand(member)),
    entrypoint: (member) => (container.command = readCommand(member)),
    environment: (member) => (pairs = readPairs(member, (name) => context.environment[name])),
    env_file: (member) => (variables = readVariableFiles(member, context)),
    labels: (member) => (container.labels = readPairs(member, () => '')),
    user: (member) => (container.user = member.string()),
    working_dir: (member) => (container.dir = member.string()),
    hostname: (member) => (container.hostname = member.string()),
    stop_grace_period: (member) => (container.stopGracePeriod = member.duration()),
    healthcheck: (member) => (container.healthcheck = readHealthcheck(member)),
    ports: (member) => (ports = readPorts(member)),
    networks: (member) => (networks = readAttachments(member, key, references)),
    secrets: (member) =>
      (container.secrets = readReferences(member, 'secrets', references.secrets, (name) => name).map(
        ({ object, name, file }) => ({ secretId: object.id, secretName: name, file }),
      )),
    configs: (member) =>
      (container.configs = readReferences(member, 'configs', references.configs, (name) => `/${name}`).map(
        ({ object, name, file }) => ({ configId: object.id, configName: name, file }),
      )),
    scale: (member) => (scale = member.count()),
    deploy: (member) => (deploy = readDeploy(member)),
    build: (member) => {
      if (value.member('image')?.isEmpty === false) member.warn(`${member.path} has no effect here`);
    },
    // These are read before.
    extends: () => undefined,
    profiles: () => undefined,
  });
  const env = Object.entries({ ...variables, ...pairs }).map(([name, text]) => `${name}=${text}`);
  if (env.length > 0 || value.member('environment') !== undefined) container.env = env;
  if (value.isMapping || value.isEmpty) checkImage(container, { key, keyValue, value }, context);
  if (scale !== undefined && value.member('deploy')?.member('replicas') === undefined)
    deploy = { ...deploy, replicas: scale };
  return {
    id: context.newId(),
    spec: {
      annotations: { name: context.clusterName(key), labels: deploy.labels },
      task: {
        container,
        restart: deploy.restart,
        placement: deploy.placement,
        resources: deploy.resources,
        networks: networks ?? [{ target: references.defaultNetwork(keyValue).id, aliases: [key] }],
      },
      ...modeOf(deploy),
      ...(isJob(deploy) ? {} : { update: deploy.update, rollback: deploy.rollback }),
      endpoint: ports.length === 0 && deploy.endpointMode === 0 ? undefined : { ports, mode: deploy.endpointMode },
    },
    // The manager gives a new job its first iteration.
    ...(isJob(deploy) ? { jobStatus: { jobIteration: { index: 0 } } } : {}),
  };
}

/** A job has all of its tasks run at once, as Docker has it. */
function modeOf({ mode, replicas }: Deploy) {
  switch (mode) {
    case 'global':
      return { global: {} };
    case 'replicated-job':
      return { replicatedJob: { maxConcurrent: replicas, totalCompletions: replicas } };
    case 'global-job':
      return { globalJob: {} };
    default:
      return { replicated: { replicas } };
  }
}

/** Reports a service without an image, and names the image of one that is to be built. */
function checkImage(
  container: { image?: ContainerSpecInput['image'] },
  { key, keyValue, value }: Entry,
  context: ImportContext,
): void {
  const image = value.member('image');
  const build = value.member('build');
  if (image !== undefined && !image.isEmpty) {
    if (container.image === '') image.error(`${image.path} is empty; name an image, for example nginx:1.27`);
  } else if (build === undefined || build.isEmpty) {
    keyValue.error(`${keyValue.path} has no image; name one, for example image: nginx:1.27`);
  } else {
    container.image = context.imageName(key);
    build.warn(`${build.path}: nothing is built here, so the image is taken to be ${container.image}`);
  }
}

/** Reads `env_file`: a path, or a list of paths or of mappings. Later files win. */
function readVariableFiles(value: Value, context: ImportContext): { readonly [name: string]: string } {
  const variables: { [name: string]: string } = {};
  for (const part of value.parts()) {
    for (const item of part.isList ? part.list() : [part]) {
      let path: string | undefined;
      const required = item.member('required')?.boolean() !== false;
      if (item.isMapping)
        item.read({
          path: (member) => (path = member.text()),
          required: () => undefined,
          format: () => undefined,
        });
      else path = item.text();
      if (path === undefined) continue;
      const found = context.files.variables(pathFrom(item.source.folder, path), item.source.environment);
      if (found === undefined && required)
        item.warn(`${item.path}: ${path} cannot be read, so its variables are left out`);
      Object.assign(variables, found);
    }
  }
  return variables;
}

/** Reads the `networks` of a service: a list of names, or a mapping of names to aliases. */
function readAttachments(
  value: Value,
  service: string,
  references: References,
): readonly NetworkAttachmentConfigInput[] {
  const attachments = new Map<string, NetworkAttachmentConfigInput>();
  const attach = (place: Value, name: string | undefined, aliases: readonly string[]): void => {
    if (name === undefined) return;
    const network =
      name === 'default' ? references.defaultNetwork(place) : find(place, name, 'networks', references.networks);
    if (network !== undefined) attachments.set(name, { target: network.id, aliases: [service, ...aliases] });
  };
  for (const part of value.parts()) {
    if (part.isList) for (const item of part.list()) attach(item, item.text(), []);
    else
      for (const { key, keyValue, value: body } of part.entries()) {
        let aliases: readonly string[] = [];
        body.read({ aliases: (member) => (aliases = member.texts()) });
        attach(keyValue, key, aliases);
      }
  }
  return [...attachments.values()];
}

/** A secret or config of a service. */
interface Reference<T> {
  readonly object: T;
  readonly name: string;
  readonly file: FileTargetInput;
}

/** Reads a service's `secrets` or `configs`. Of two with the same target the later one counts. */
function readReferences<T extends SecretInput | ConfigInput>(
  value: Value,
  section: 'secrets' | 'configs',
  objects: Section<T>,
  defaultTarget: (name: string) => string,
): readonly Reference<T>[] {
  const references = value
    .parts()
    .flatMap((part) => part.list().map((item) => readReference(item, section, objects, defaultTarget)))
    .filter((reference) => reference !== undefined);
  return [...new Map(references.map((reference) => [reference.file.name, reference])).values()];
}

/** Reads an entry of a service's `secrets` or `configs`: a name, or a mapping that also says which file it becomes. */
function readReference<T extends SecretInput | ConfigInput>(
  value: Value,
  section: 'secrets' | 'configs',
  objects: Section<T>,
  defaultTarget: (name: string) => string,
): Reference<T> | undefined {
  let source = value.isMapping ? undefined : value.text();
  let place = value;
  let target: string | undefined;
  let uid = '0';
  let gid = '0';
  let mode = 0o444;
  if (value.isMapping) {
    value.read({
      source: (member) => {
        place = member;
        source = member.text();
      },
      target: (member) => (target = member.text()),
      uid: (member) => (uid = member.text() ?? uid),
      gid: (member) => (gid = member.text() ?? gid),
      mode: (member) => (mode = member.fileMode() ?? mode),
    });
    // A source that is not a text was reported already.
    if (place === value) value.error(`${value.path} has no source; name one of the top-level ${section}`);
  }
  const object = source === undefined ? undefined : find(place, source, section, objects);
  if (object === undefined || source === undefined) return undefined;
  return {
    object,
    name: object.spec?.annotations?.name ?? source,
    file: { name: target ?? defaultTarget(source), uid, gid, mode },
  };
}

function find<T>(place: Value, name: string, section: string, objects: Section<T>): T | undefined {
  const message =
    `${place.path}: there is no ${section.slice(0, -1)} '${name}'; ` +
    `declare it under the top-level ${section}${hint(name, objects.keys())}`;
  return place.expect(objects.get(name)?.object, message);
}
