import { PortConfigProtocol, PortConfigPublishMode } from 'swarmstate';
import type { HealthConfigInput, PortConfigInput, ResourcesInput } from 'swarmstate/proto';
import { splitCommand } from './units.ts';
import type { Value } from './value.ts';

/**
 * Reads labels and environments: a mapping of texts, or a list of `NAME=value`. A name without a value is passed to
 * `absent`.
 */
export function readPairs(
  value: Value,
  absent: (name: string) => string | undefined,
): { readonly [name: string]: string } {
  // A map without a prototype: a label may be called __proto__.
  const pairs = Object.create(null) as { [name: string]: string };
  const add = (name: string, text: string | undefined): void => {
    if (text !== undefined) pairs[name] = text;
  };
  if (value.isList) {
    for (const text of value.texts()) {
      const at = text.indexOf('=');
      if (at < 0) add(text, absent(text));
      else add(text.slice(0, at), text.slice(at + 1));
    }
  } else {
    for (const { key, value: member } of value.entries()) add(key, member.isEmpty ? absent(key) : member.text());
  }
  return pairs;
}

/** Reads a command: a list of words, or a line that is split like in a shell. */
export function readCommand(value: Value): readonly string[] | undefined {
  if (value.isList) return value.texts();
  const text = value.text();
  if (text === undefined) return undefined;
  return value.expect(splitCommand(text), `${value.path} has a quote that is not closed`);
}

const publishModes = { ingress: PortConfigPublishMode.INGRESS, host: PortConfigPublishMode.HOST };
const protocols = { tcp: PortConfigProtocol.TCP, udp: PortConfigProtocol.UDP, sctp: PortConfigProtocol.SCTP };

/** Reads one entry of `ports`: several ports if it is a range. */
export function readPorts(value: Value): readonly PortConfigInput[] {
  if (value.isMapping) return readLongPort(value);
  const text = value.text();
  if (text === undefined) return [];
  const match = /^(?:(\d+)(?:-(\d+))?:)?(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/.exec(text);
  const [, published, publishedEnd, target, targetEnd, protocol = 'tcp'] = match ?? [];
  const count = Number(targetEnd ?? target) - Number(target) + 1;
  const publishedCount = published === undefined ? count : Number(publishedEnd ?? published) - Number(published) + 1;
  if (match === null || count < 1 || count > 65_535 || publishedCount !== count) {
    value.error(
      `${value.path} is '${text}', which is no port; write it as 80, 8080:80 or 8080-8089:80-89, with /udp behind it if need be`,
    );
    return [];
  }
  const ports = Array.from({ length: count }, (_, index) => ({
    targetPort: Number(target) + index,
    publishedPort: published === undefined ? 0 : Number(published) + index,
    protocol: protocols[protocol as keyof typeof protocols],
    publishMode: PortConfigPublishMode.INGRESS,
  }));
  return ports.every((port) => checkPort(value, port.targetPort) && checkPort(value, port.publishedPort)) ? ports : [];
}

function readLongPort(value: Value): readonly PortConfigInput[] {
  let target: number | undefined;
  let published: number | undefined;
  let protocol: keyof typeof protocols = 'tcp';
  let publishMode: PortConfigInput['publishMode'];
  let name: string | undefined;
  value.read({
    target: (member) => (target = member.count()),
    published: (member) => (published = member.count()),
    protocol: (member) => (protocol = member.oneOf('tcp', 'udp', 'sctp') ?? protocol),
    mode: (member) => (publishMode = publishModes[member.oneOf('ingress', 'host') ?? 'ingress']),
    name: (member) => (name = member.text()),
  });
  if (target === undefined) {
    value.error(`${value.path} has no target; it is the port inside the container`);
    return [];
  }
  if (!checkPort(value, target) || !checkPort(value, published ?? 0)) return [];
  return [{ name, targetPort: target, publishedPort: published, protocol: protocols[protocol], publishMode }];
}

function checkPort(value: Value, port: number): boolean {
  if (port <= 65_535) return true;
  value.error(`${value.path} has the port ${port}; ports end at 65535`);
  return false;
}

/** Reads `healthcheck`. */
export function readHealthcheck(value: Value): HealthConfigInput {
  const health: { -readonly [K in keyof HealthConfigInput]: HealthConfigInput[K] } = {};
  value.read({
    test: (member) => (health.test = member.isList ? member.texts() : ['CMD-SHELL', member.text() ?? '']),
    interval: (member) => (health.interval = member.duration()),
    timeout: (member) => (health.timeout = member.duration()),
    retries: (member) => (health.retries = member.count()),
    start_period: (member) => (health.startPeriod = member.duration()),
    start_interval: (member) => (health.startInterval = member.duration()),
    disable: (member) => {
      if (member.boolean() === true) health.test = ['NONE'];
    },
  });
  return health;
}

/** Reads `limits` or `reservations`. */
export function readResources(value: Value): ResourcesInput {
  let nanoCpus: number | undefined;
  let memoryBytes: number | undefined;
  value.read({
    cpus: (member) => {
      const cpus = member.number();
      if (cpus !== undefined && cpus < 0) member.error(`${member.path} cannot be negative`);
      else if (cpus !== undefined) nanoCpus = Math.round(cpus * 1e9);
    },
    memory: (member) => (memoryBytes = member.bytes()),
  });
  return { nanoCpus, memoryBytes };
}
