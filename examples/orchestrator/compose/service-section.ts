import type { ConfigInput, NetworkInput, SecretInput, ServiceInput } from 'swarmstate';
import type {
  ContainerSpecInput,
  FileTargetInput,
  NetworkAttachmentConfigInput,
  PortConfigInput,
} from 'swarmstate/proto';
import { defaultDeploy, readDeploy } from './deploy-section.ts';
import { readCommand, readHealthcheck, readPairs, readPorts } from './parts.ts';
import type { ImportContext, Section } from './resources-section.ts';
import { hint } from './value.ts';
import type { Entry, Value } from './value.ts';

/** The objects that services refer to. */
export interface References {
  readonly networks: Section<NetworkInput>;
  readonly secrets: Section<SecretInput>;
  readonly configs: Section<ConfigInput>;
  /** The network of services that do not name one. */
  defaultNetwork(): NetworkInput;
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
  value.read({
    image: (member) => (container.image = member.string()),
    command: (member) => (container.args = readCommand(member)),
    entrypoint: (member) => (container.command = readCommand(member)),
    environment: (member) =>
      (container.env = Object.entries(readPairs(member, (name) => context.environment[name])).map(
        ([name, text]) => `${name}=${text}`,
      )),
    labels: (member) => (container.labels = readPairs(member, () => '')),
    user: (member) => (container.user = member.string()),
    working_dir: (member) => (container.dir = member.string()),
    hostname: (member) => (container.hostname = member.string()),
    stop_grace_period: (member) => (container.stopGracePeriod = member.duration()),
    healthcheck: (member) => (container.healthcheck = readHealthcheck(member)),
    ports: (member) => (ports = member.list().flatMap(readPorts)),
    networks: (member) => (networks = readAttachments(member, key, references)),
    secrets: (member) =>
      (container.secrets = member.list().flatMap((item) => {
        const found = readReference(item, 'secrets', references.secrets, (name) => name);
        return found === undefined ? [] : [{ secretId: found.object.id, secretName: found.name, file: found.file }];
      })),
    configs: (member) =>
      (container.configs = member.list().flatMap((item) => {
        const found = readReference(item, 'configs', references.configs, (name) => `/${name}`);
        return found === undefined ? [] : [{ configId: found.object.id, configName: found.name, file: found.file }];
      })),
    deploy: (member) => (deploy = readDeploy(member)),
  });
  const readable = value.isMapping || value.isEmpty;
  if (readable && !value.entries().some((entry) => entry.key === 'image')) {
    keyValue.error(`${keyValue.path} has no image; name one, for example image: nginx:1.27`);
  }
  return {
    id: context.newId(),
    spec: {
      annotations: { name: context.clusterName(key), labels: deploy.labels },
      task: {
        container,
        restart: deploy.restart,
        placement: deploy.placement,
        resources: deploy.resources,
        networks: networks ?? [{ target: references.defaultNetwork().id, aliases: [key] }],
      },
      ...(deploy.global ? { global: {} } : { replicated: { replicas: deploy.replicas } }),
      update: deploy.update,
      rollback: deploy.rollback,
      endpoint: ports.length === 0 ? undefined : { ports },
    },
  };
}

/** Reads the `networks` of a service: a list of names, or a mapping of names to aliases. */
function readAttachments(
  value: Value,
  service: string,
  { networks }: References,
): readonly NetworkAttachmentConfigInput[] {
  const attach = (
    place: Value,
    name: string | undefined,
    aliases: readonly string[],
  ): readonly NetworkAttachmentConfigInput[] => {
    const network = name === undefined ? undefined : find(place, name, 'networks', networks);
    return network === undefined ? [] : [{ target: network.id, aliases: [service, ...aliases] }];
  };
  if (value.isList) return value.list().flatMap((item) => attach(item, item.text(), []));
  return value.entries().flatMap(({ key, keyValue, value: body }) => {
    let aliases: readonly string[] = [];
    body.read({ aliases: (member) => (aliases = member.texts()) });
    return attach(keyValue, key, aliases);
  });
}

/** Reads an entry of a service's `secrets` or `configs`: a name, or a mapping that also says which file it becomes. */
function readReference<T extends SecretInput | ConfigInput>(
  value: Value,
  section: 'secrets' | 'configs',
  objects: Section<T>,
  defaultTarget: (name: string) => string,
): { readonly object: T; readonly name: string; readonly file: FileTargetInput } | undefined {
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
  const message = `${place.path}: there is no ${section.slice(0, -1)} '${name}'; declare it under the top-level ${section}${hint(name, objects.keys())}`;
  return place.expect(objects.get(name), message);
}
