import { expect, test } from '@jest/globals';
import { kindTypes } from '../../src/wire/generated/kinds.ts';
import { messageType } from './support/codecs.ts';

test('[O26] a copy for a recipe holds bytes of its own, and shares what has none', () => {
  const cluster = kindTypes.cluster.from({
    id: 'c',
    rootCa: { caCert: new Uint8Array([1]), joinTokens: { worker: 'w' } },
    networkBootstrapKeys: [{ subsystem: 'a' }, { key: new Uint8Array([2]) }],
    blacklistedCertificates: { cn: { expiry: { seconds: 1 } } },
  });
  const copy = kindTypes.cluster.withCopiedBytes(cluster);
  expect(copy).toEqual(cluster);
  expect(copy).not.toBe(cluster);
  expect(copy.rootCa.caCert).not.toBe(cluster.rootCa.caCert);
  expect(copy.networkBootstrapKeys[1]?.key).not.toBe(cluster.networkBootstrapKeys[1]?.key);
  expect(copy.networkBootstrapKeys[0]).toBe(cluster.networkBootstrapKeys[0]);
  expect(copy.rootCa.joinTokens).toBe(cluster.rootCa.joinTokens);
  expect(copy.spec).toBe(cluster.spec);
  expect(copy.blacklistedCertificates).toBe(cluster.blacklistedCertificates);
  expect(kindTypes.cluster.from(copy, cluster)).toBe(cluster);
  (copy.rootCa.caCert as unknown as Uint8Array)[0] = 9;
  expect(cluster.rootCa.caCert[0]).toBe(1);
  expect(kindTypes.cluster.from(copy, cluster).rootCa.caCert[0]).toBe(9);
});

test('[O26] an object without bytes is itself, and one that cannot have any is not looked at', () => {
  const secret = kindTypes.secret.from({ id: 's', spec: { annotations: { name: 'n' } } });
  expect(kindTypes.secret.withCopiedBytes(secret)).toBe(secret);
  const meta = messageType('Meta');
  expect(meta.reachesBytes).toBe(false);
  const untouchable = new Proxy({}, { get: () => expect(true).toBe(false) });
  expect(meta.withCopiedBytes(untouchable)).toBe(untouchable);
});

test('[O26] bytes in every place of a type are found', () => {
  const types = Object.values(kindTypes).filter((type) => type.reachesBytes);
  expect(types.map(({ typeName }) => typeName.split('.').at(-1))).toEqual([
    'Cluster',
    'Config',
    'Network',
    'Node',
    'Resource',
    'Secret',
    'Service',
    'Task',
  ]);
});

test('[O26] bytes are found at the end of every way through a type', () => {
  const payload = { typeUrl: 'x', value: new Uint8Array([1]) };
  const seccomp = { container: { privileges: { seccomp: { profile: new Uint8Array([1]) } } } };
  const task = kindTypes.task;
  expect(task.holdsBytes(task.from({ id: 't', spec: { container: {} }, networks: [{ network: { id: 'n' } }] }))).toBe(
    false,
  );
  expect(task.holdsBytes(task.from({ id: 't', spec: seccomp }))).toBe(true);
  expect(task.holdsBytes(task.from({ id: 't', spec: { generic: { payload } } }))).toBe(true);
  expect(
    task.holdsBytes(task.from({ id: 't', networks: [{ addresses: ['a'] }, { network: { id: 'n', extra: payload } }] })),
  ).toBe(true);
  const cluster = kindTypes.cluster;
  expect(cluster.holdsBytes(cluster.from({ id: 'c', networkBootstrapKeys: [{ subsystem: 'a' }] }))).toBe(false);
  expect(
    cluster.holdsBytes(
      cluster.from({ id: 'c', networkBootstrapKeys: [{ subsystem: 'a' }, { key: new Uint8Array([2]) }] }),
    ),
  ).toBe(true);
});
