import { expect, test } from '@jest/globals';
import { StoreAction, StoreSnapshot } from 'swarmstate/proto';
import { redactObject } from 'swarmstate/swarm';
import { redactActions, redactSnapshot } from '../../src/readable/redact.ts';
import { isMessageType } from '../../src/wire/fields/field.ts';
import type { DescribedType, FieldDescriptor } from '../../src/wire/fields/field.ts';
import { kindTypes, snapshotFields } from '../../src/wire/generated/kinds.ts';
import type { Kind, KindInputs, Kinds } from '../../src/wire/generated/kinds.ts';
import type { MessageType } from '../../src/wire/codec/message-type.ts';

const CANARY = 'canary-7Qx';
const kinds = Object.keys(snapshotFields) as Kind[];

/** Every field that holds text or bytes, as a path from the kind, and an object in which only that field is set. */
interface Leaf {
  readonly kind: Kind;
  readonly path: string;
  readonly object: Kinds[Kind];
}

const leaves = kinds.flatMap((kind) =>
  leavesOf(kindTypes[kind] as unknown as DescribedType).map(({ path, value }): Leaf => {
    const type = kindTypes[kind] as unknown as MessageType<Kinds[Kind], KindInputs[Kind]>;
    return { kind, path, object: type.from({ id: 'x', ...value }) };
  }),
);

/** Written out a second time: a field that is lost from the list in the sources is noticed here. */
const secret = [
  'cluster.rootCa.caKey',
  'cluster.rootCa.joinTokens.worker',
  'cluster.rootCa.joinTokens.manager',
  'cluster.rootCa.rootRotation.caKey',
  'cluster.spec.caConfig.signingCaKey',
  'cluster.spec.acceptancePolicy.policies.secret.data',
  'cluster.networkBootstrapKeys.key',
  'cluster.unlockKeys.key',
  'secret.spec.data',
  'service.spec.task.container.pullOptions.registryAuth',
  'service.previousSpec.task.container.pullOptions.registryAuth',
  'task.spec.container.pullOptions.registryAuth',
];

test('[D1] redaction empties a canary in every secret field, and in no other field', () => {
  const emptied = leaves.filter(({ kind, object }) => !shows(kind, redactObject(kind, object)));
  expect(emptied.map(nameOf).sort()).toEqual([...secret].sort());
  // The canary is there to be found, and stays there where redaction is off.
  for (const { kind, object } of leaves) {
    expect(shows(kind, object)).toBe(true);
    expect(redactObject(kind, object, false)).toBe(object);
  }
});

test('[D1] a field whose name sounds of a secret is either emptied or known to be harmless', () => {
  const harmless =
    /(?:secretId|secretName|secrets\.(?:key|secret|file\.\w+)|indices\.key|caCert|signingCaCert|crossSignedCaCert|caCertHash|trustRoot|certIssuerPublicKey|certIssuerSubject|alg|url)$/;
  const suspicious = leaves
    .map(nameOf)
    .filter((name) => /key$|token|password|auth|credential(?!Spec)|secret\.data|secret.*data/i.test(name))
    .filter((name) => !secret.includes(name) && !harmless.test(name));
  expect(suspicious).toEqual([]);
});

test('[D1] strict redaction also empties configs, environments, commands, driver options, opaque payloads', () => {
  const emptied = leaves.filter(({ kind, object }) => !shows(kind, redactObject(kind, object, 'strict'))).map(nameOf);
  expect(emptied).toEqual(expect.arrayContaining(secret));
  for (const name of [
    'config.spec.data',
    'service.spec.task.container.env',
    'service.previousSpec.task.container.env',
    'service.previousSpec.task.container.args',
    'task.spec.container.env',
    'task.spec.container.command',
    'task.spec.generic.payload.value',
    'task.spec.logDriver.options',
    'task.logDriver.options',
    'cluster.spec.taskDefaults.logDriver.options',
    'resource.payload.value',
    'secret.spec.driver.options',
    'volume.volumeInfo.volumeContext',
    'volume.publishStatus.publishContext',
  ]) {
    expect(emptied).toContain(name);
  }
  for (const name of ['service.spec.annotations.labels', 'task.spec.container.image', 'node.description.hostname']) {
    expect(emptied).not.toContain(name);
  }
});

test('[D2] redaction removes no field and changes nothing else', () => {
  for (const { kind, object } of leaves) {
    const redacted = redactObject(kind, object, 'strict');
    expect(shapeOf(redacted)).toEqual(shapeOf(object));
    if (shows(kind, redacted)) expect(redacted).toBe(object);
    // The result is an ordinary object: a second pass changes nothing.
    expect(Object.isFrozen(redacted)).toBe(true);
    expect(redactObject(kind, redacted, 'strict')).toBe(redacted);
  }
});

test('[D2] an object with secrets shares its other parts with the original', () => {
  const { cluster } = all();
  const redacted = redactObject('cluster', cluster);
  expect(redacted.rootCa.caKey).toHaveLength(0);
  expect(redacted.networkBootstrapKeys).toHaveLength(2);
  expect(redacted.networkBootstrapKeys[1]).toMatchObject({ subsystem: 'ipsec', lamportTime: 7 });
  expect(redacted.spec).toBe(cluster.spec);
  expect(redacted.meta).toBe(cluster.meta);
});

test('[D1] log entries and contents are redacted object by object', () => {
  const { cluster, secret: hidden, task } = all();
  const actions = [
    StoreAction.from({ action: 1, cluster }),
    StoreAction.from({ action: 2, secret: hidden }),
    StoreAction.from({ action: 3, task }),
    StoreAction.from({ action: 1 }),
  ];
  const redacted = redactActions(actions, true);
  expect(redacted.map(({ action }) => action)).toEqual([1, 2, 3, 1]);
  for (const action of redacted) expect(bytesShow(StoreAction.encode(action))).toBe(false);
  expect(redacted[3]).toBe(actions[3]);
  expect(redactActions(actions, false)).toBe(actions);
  const snapshot = StoreSnapshot.from({ clusters: [cluster], secrets: [hidden], tasks: [task] });
  expect(bytesShow(StoreSnapshot.encode(redactSnapshot(snapshot, true)))).toBe(false);
  expect(bytesShow(StoreSnapshot.encode(redactSnapshot(snapshot, false)))).toBe(true);
});

function all(): { readonly cluster: Kinds['cluster']; readonly secret: Kinds['secret']; readonly task: Kinds['task'] } {
  const data = Buffer.from(CANARY);
  return {
    cluster: kindTypes.cluster.from({
      id: 'c',
      rootCa: { caKey: data, joinTokens: { worker: CANARY, manager: CANARY } },
      networkBootstrapKeys: [
        { key: data, subsystem: 'gossip' },
        { key: data, subsystem: 'ipsec', lamportTime: 7 },
      ],
    }),
    secret: kindTypes.secret.from({ id: 's', spec: { data } }),
    task: kindTypes.task.from({ id: 't', spec: { container: { pullOptions: { registryAuth: CANARY } } } }),
  };
}

function leavesOf(type: DescribedType): { readonly path: string; readonly value: object }[] {
  return type.fields.flatMap((field) => {
    if (isMessageType(field.type) && field.label !== 'map' && field.type.fields.length > 0) {
      return leavesOf(field.type).map(({ path, value }) => ({
        path: `${field.property}.${path}`,
        value: { [field.property]: field.label === 'repeated' ? [value] : value },
      }));
    }
    const value = leafValue(field);
    return value === undefined ? [] : [{ path: field.property, value: { [field.property]: value } }];
  });
}

function leafValue({ type, label, property }: FieldDescriptor): unknown {
  if (property === 'id' || (type !== 'string' && type !== 'bytes')) return undefined;
  const value = type === 'bytes' ? Buffer.from(CANARY) : CANARY;
  return label === 'repeated' ? [value] : label === 'map' ? { name: value } : value;
}

function nameOf({ kind, path }: Leaf): string {
  return `${kind}.${path}`;
}

function shows(kind: Kind, object: Kinds[Kind]): boolean {
  const type = kindTypes[kind] as unknown as MessageType<Kinds[Kind], KindInputs[Kind]>;
  return bytesShow(type.encode(object));
}

function bytesShow(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).includes(CANARY);
}

/** The names of all fields, and the lengths of lists of messages. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((element) => typeof element === 'object').map(shapeOf);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return typeof value;
  const entries = Object.entries(value);
  // The entries of a map are its contents, not its shape.
  if (entries.length === 1 && entries[0]?.[0] === 'name' && entries[0][1] === CANARY) return {};
  return Object.fromEntries(entries.map(([name, member]) => [name, shapeOf(member)]));
}
