import { expect, test } from '@jest/globals';
import {
  Node,
  Secret,
  StoreAction,
  StoreActionKind,
  StoreSnapshot,
  Task,
  TaskState,
  WatchActionKind,
} from 'swarmstate/proto';
import type {
  Cluster,
  ClusterDraft,
  DraftList,
  EndpointDraft,
  Int64,
  JsonValue,
  MessageCodec,
  NetworkAttachment,
  NodeEncodeInput,
  NodeInput,
  ReadonlyBytes,
  SecretDraft,
  Service,
  TaskDraft,
  TaskEncodeInput,
  TaskInput,
  TaskSpecInput,
} from 'swarmstate/proto';
import type { Kind, KindDrafts, KindInputs, Kinds } from '../../src/wire/generated/kinds.ts';

/*
 * The functions below are never called: the compiler tests them. Each line under an `@ts-expect-error` has to be an
 * error, and no other line may be one.
 */

declare function create(input: TaskInput): Task;
declare function createOf<K extends Kind>(kind: K, input: KindInputs[K]): Kinds[K];
declare function modify<K extends Kind>(kind: K, recipe: (draft: KindDrafts[K]) => void): void;

export function inputs(task: Task, node: Node): void {
  create({ id: 'x' });
  create(task);
  create({ ...task, nodeId: 'n', slot: 5n, endpoint: undefined });
  create({ id: 'x', spec: { container: { image: 'i', labels: { a: 'b' } }, networks: task.spec.networks } });
  create({ id: 'x', networks: [{ network: { spec: { annotations: { name: 'n' } } } }] });
  createOf('node', { id: 'n', spec: { membership: 1 } });
  // @ts-expect-error an id is what the store needs
  create({});
  // @ts-expect-error and may not be undefined
  create({ id: undefined });
  // @ts-expect-error no such field
  create({ id: 'x', service_id: 's' });
  // @ts-expect-error null is not absent
  create({ id: 'x', endpoint: null });
  // @ts-expect-error another message
  create({ id: 'x', spec: node.spec });
  // @ts-expect-error no member of the enum
  create({ id: 'x', desiredState: 1 });
  // @ts-expect-error a string is no number
  create({ id: 'x', slot: '1' });
  // @ts-expect-error another kind
  createOf('node', { id: 'n', serviceId: 's' });
}

export function encoders(action: StoreAction): Uint8Array[] {
  const partial: TaskEncodeInput = {};
  const withId: NodeInput = { id: 'n' };
  const withoutId: NodeEncodeInput = withId;
  // @ts-expect-error the other way round an id is missing
  const strict: NodeInput = withoutId;
  const codec: MessageCodec<Task, TaskEncodeInput> = Task;
  // @ts-expect-error the union of the members only
  const kind: StoreActionKind = 9;
  const json: JsonValue = StoreAction.toJson(action);
  return [
    Task.encode({}),
    Task.encode(partial),
    codec.encode(partial),
    Node.encode(withoutId),
    Node.encode(strict),
    StoreAction.encode({ action: StoreActionKind.CREATE, task: {} }),
    StoreAction.encode({ action: kind, secret: { spec: { data: Buffer.from('x') } } }),
    StoreAction.encode(StoreAction.fromJson(json)),
    StoreSnapshot.encode({ tasks: [{}, { id: 'x' }] }),
    // @ts-expect-error no such member
    StoreAction.encode({ action: 1, tasks: [] }),
    // @ts-expect-error a view of something else
    Secret.encode({ spec: { data: new Uint16Array(1) } }),
  ];
}

export function canonical(task: Task, secret: Secret, cluster: Cluster): unknown[] {
  // @ts-expect-error canonical objects are read-only
  task.nodeId = 'n';
  // @ts-expect-error read-only at every depth
  task.spec.networks[0] = { target: 'x' };
  // @ts-expect-error a list without mutators
  const list: NetworkAttachment[] = task.networks;
  // @ts-expect-error a map without assignments
  task.annotations.labels['a'] = 'b';
  // @ts-expect-error bytes without assignments
  secret.spec.data[0] = 1;
  // @ts-expect-error absent when it is not set
  const endpoint: string = task.endpoint.spec;
  // @ts-expect-error a value that may be missing
  const label: string = task.annotations.labels['z'];
  const slot: number = task.slot;
  const state: TaskState = task.status.state;
  const id: string = task.spec.container?.image ?? '';
  const worker: string = cluster.rootCa.joinTokens.worker;
  return [list, endpoint, label, slot, state, id, worker, ...task.spec.resourceReferences];
}

export async function bytes(data: ReadonlyBytes, mutable: Uint8Array): Promise<unknown[]> {
  // @ts-expect-error read-only bytes are not mutable ones
  const wrong: Uint8Array = data;
  const right: TaskSpecInput = { generic: { payload: { value: mutable } } };
  const length: Int64 = data.length;
  return [
    wrong,
    right,
    length,
    Buffer.from(data),
    new Uint8Array(data),
    [...data],
    data.slice(1),
    data.map((byte) => byte + 1),
    await crypto.subtle.digest('SHA-256', data),
  ];
}

export function drafts(draft: TaskDraft, secret: SecretDraft, cluster: ClusterDraft, task: Task): void {
  draft.desiredState = TaskState.RUNNING;
  draft.slot = 5n;
  draft.slot = undefined;
  draft.spec = { container: { image: 'i' } };
  draft.spec = task.spec;
  draft.endpoint = undefined;
  draft.networks.push({ addresses: ['a'] }, ...task.networks);
  draft.networks = [{ aliases: ['a'] }];
  draft.annotations.labels['a'] = 'b';
  delete draft.annotations.labels['a'];
  draft.annotations.labels = { a: 'b' };
  draft.spec.networks.splice(0, 1, { target: 't' });
  for (const network of draft.networks) network.addresses.push('x');
  const list: DraftList<string> = draft.spec.container?.env ?? [];
  list[0] = 'A=1';
  secret.spec.data = Buffer.from('x');
  delete cluster.blacklistedCertificates['cn'];
  modify('service', (service) => {
    if (service.spec.replicated !== undefined) service.spec.replicated.replicas = 3;
  });
  // @ts-expect-error bytes are replaced, not edited
  secret.spec.data[0] = 1;
  // @ts-expect-error a member is unset by undefined
  delete draft.endpoint;
  // @ts-expect-error no such field
  draft.spec.container = { img: 'i' };
  // @ts-expect-error an element that is no input
  draft.networks.push('x');
  // @ts-expect-error a number that is none
  draft.slot = 'x';
  // @ts-expect-error a draft may lack what is optional
  const endpoint: EndpointDraft = draft.endpoint;
  endpoint.ports.push({});
}

export function everyKind(kinds: Kinds): readonly [Node, Service, Task] {
  const kind: Kind = 'node';
  // @ts-expect-error no such kind
  const other: Kind = 'plugin';
  return [kinds.node, kinds.service, [kind, other].length === 2 ? kinds.task : kinds.task];
}

test('[O28] enums are constants, without the prefixes that repeat their names', () => {
  const running: 512 = TaskState.RUNNING;
  expect(running).toBe(512);
  expect(StoreActionKind).toEqual({ UNKNOWN: 0, CREATE: 1, UPDATE: 2, REMOVE: 3 });
  expect(WatchActionKind).toEqual({ UNKNOWN: 0, CREATE: 1, UPDATE: 2, REMOVE: 4 });
});
