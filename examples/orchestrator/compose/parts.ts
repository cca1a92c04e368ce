import type { HealthConfigInput, ResourcesInput } from 'swarmstate/proto';
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
  for (const part of value.parts()) {
    if (part.isList) {
      for (const text of part.texts()) {
        const at = text.indexOf('=');
        if (at < 0) add(text, absent(text));
        else add(text.slice(0, at), text.slice(at + 1));
      }
    } else {
      for (const { key, value: member } of part.entries()) add(key, member.isEmpty ? absent(key) : member.text());
    }
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

/** Reads `healthcheck`. */
export function readHealthcheck(value: Value): HealthConfigInput {
  const health: { -readonly [K in keyof HealthConfigInput]: HealthConfigInput[K] } = {};
  value.read({
    test: (member) => (health.test = member.isList ? member.texts() : ['CMD-SHELL', member.text() ?? '']),
    interval: (member) => (health.interval = member.duration()),
    timeout: (member) => (health.timeout = member.duration()),
    retries: (member) => (health.retries = member.count(2 ** 31 - 1)),
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
      else if (cpus !== undefined && cpus > 1e6) member.error(`${member.path} is more than any node has`);
      else if (cpus !== undefined) nanoCpus = Math.round(cpus * 1e9);
    },
    memory: (member) => (memoryBytes = member.bytes()),
  });
  return { nanoCpus, memoryBytes };
}
