import { PortConfigProtocol, PortConfigPublishMode } from 'swarmstate';
import type { PortConfigInput } from 'swarmstate/proto';
import type { Value } from './value.ts';

const publishModes = { ingress: PortConfigPublishMode.INGRESS, host: PortConfigPublishMode.HOST };
const protocols = { tcp: PortConfigProtocol.TCP, udp: PortConfigProtocol.UDP, sctp: PortConfigProtocol.SCTP };

/** The short form: `[address:][published:]target[/protocol]`, both ports possibly ranges. */
const shortForm =
  /^(?:(?:(?<address>\[[\da-f:.%]*\]|\d+(?:\.\d+){3}|\*):)?(?<published>\d+(?:-\d+)?)?:)?(?<target>\d+(?:-\d+)?)(?:\/(?<protocol>tcp|udp|sctp))?$/i;

/** Reads `ports`. A port that is given twice, as by a service and the one that it extends, counts once. */
export function readPorts(value: Value): readonly PortConfigInput[] {
  const ports = value.parts().flatMap((part) => part.list().flatMap(readPort));
  return [...new Map(ports.map((port) => [JSON.stringify(port), port])).values()];
}

/** Reads one entry of `ports`: several ports if it is a range. */
function readPort(value: Value): readonly PortConfigInput[] {
  if (value.isMapping) return readLongPort(value);
  const text = value.text();
  if (text === undefined) return [];
  const match = shortForm.exec(text);
  const { address, published, target = '', protocol = 'tcp' } = match?.groups ?? {};
  const [first, last] = rangeOf(target);
  const count = last - first + 1;
  const publishedRange = published === undefined ? undefined : rangeOf(published);
  const publishedCount = publishedRange === undefined ? count : publishedRange[1] - publishedRange[0] + 1;
  // A range for one port means: any of these.
  const choice = count === 1 && publishedCount > 1;
  if (match === null || count < 1 || count > 65_535 || (publishedCount !== count && !choice)) {
    value.error(
      `${value.path} is '${text}', which is no port; write it as 80, 8080:80 or 8080-8089:80-89, ` +
        'with /udp behind it if need be',
    );
    return [];
  }
  if (address !== undefined) warnOfAddress(value, address);
  if (choice) warnOfChoice(value, publishedRange?.[0] ?? 0);
  const ports = Array.from({ length: count }, (_, index) => ({
    targetPort: first + index,
    publishedPort: publishedRange === undefined ? 0 : publishedRange[0] + index,
    protocol: protocols[protocol.toLowerCase() as keyof typeof protocols],
    publishMode: PortConfigPublishMode.INGRESS,
  }));
  return ports.every((port) => checkPort(value, port.targetPort) && checkPort(value, port.publishedPort)) ? ports : [];
}

function rangeOf(text: string): readonly [first: number, last: number] {
  const [first = '', last = first] = text.split('-');
  return [Number(first), Number(last)];
}

function readLongPort(value: Value): readonly PortConfigInput[] {
  let target: number | undefined;
  let published: number | undefined;
  let protocol: keyof typeof protocols = 'tcp';
  let publishMode: PortConfigInput['publishMode'];
  let name: string | undefined;
  value.read({
    target: (member) => (target = member.count()),
    published: (member) => (published = readPublished(member)),
    protocol: (member) => (protocol = member.oneOf('tcp', 'udp', 'sctp') ?? protocol),
    mode: (member) => (publishMode = publishModes[member.oneOf('ingress', 'host') ?? 'ingress']),
    name: (member) => (name = member.text()),
    host_ip: (member) => {
      const address = member.text();
      if (address !== undefined) warnOfAddress(member, address);
    },
    // A hint for proxies. The port itself is the same.
    app_protocol: () => undefined,
  });
  if (target === undefined) {
    value.error(`${value.path} has no target; it is the port inside the container`);
    return [];
  }
  if (!checkPort(value, target) || !checkPort(value, published ?? 0)) return [];
  return [{ name, targetPort: target, publishedPort: published, protocol: protocols[protocol], publishMode }];
}

function readPublished(value: Value): number | undefined {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(value.scalar() ?? '') ?? [];
  if (first === undefined || Number(last) < Number(first)) return value.count();
  warnOfChoice(value, Number(first));
  return Number(first);
}

function warnOfAddress(value: Value, address: string): void {
  // These mean every address.
  if (['0.0.0.0', '[::]', '::', '*'].includes(address)) return;
  value.warn(
    `${value.path}: the address ${address} has no effect, because a swarm publishes a port on every address of its ` +
      'nodes',
  );
}

function warnOfChoice(value: Value, port: number): void {
  value.warn(`${value.path}: of a range for one port, the first is taken, ${port}`);
}

function checkPort(value: Value, port: number): boolean {
  if (port <= 65_535) return true;
  value.error(`${value.path} has the port ${port}; ports end at 65535`);
  return false;
}
