import { afterEach, expect, test } from '@jest/globals';
import { MemoryStore, NodeRole, TaskState } from 'swarmstate';
import { serveSwarm } from 'swarmstate/remote';
import { CAService, ControlService, WatchService } from '../../../../src/grpc/generated/api.ts';
import type { RpcMethod, Sparse } from '../../../../src/base/protobuf/service-messages.ts';
import type { RawClient } from '../support/raw-client.ts';
import { asManager, authority, Opened, tls } from '../support/serving.ts';

const opened = new Opened();
afterEach(() => opened.close());

const methods = [...Object.values(ControlService), ...Object.values(WatchService), ...Object.values(CAService)];

async function filled(): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.update((tx) => {
    tx.nodes.create({
      id: 'n1',
      role: NodeRole.MANAGER,
      description: { hostname: 'Alpha', engine: { labels: { disk: 'ssd' } } },
    });
    tx.nodes.create({ id: 'n2', description: { hostname: 'beta' }, spec: { annotations: { labels: { zone: 'a' } } } });
    for (const [id, name] of [
      ['s1', 'web'],
      ['s2', 'Web2'],
      ['s3', 'db'],
    ] as const)
      tx.services.create({
        id,
        spec: { annotations: { name, labels: { tier: id } }, task: { container: {} }, replicated: { replicas: 3 } },
      });
    for (const [id, serviceId, nodeId, slot] of [
      ['t1', 's1', 'n1', 1],
      ['t2', 's1', 'n2', 2],
      ['t3', 's3', 'n2', 1],
    ] as const)
      tx.tasks.create({
        id,
        serviceId,
        nodeId,
        slot,
        serviceAnnotations: { name: serviceId },
        spec: { container: {} },
        desiredState: TaskState.RUNNING,
        status: { state: TaskState.RUNNING },
      });
    for (const [id, name, internal] of [
      ['k1', 'one', false],
      ['k2', 'Two', false],
      ['k3', 'three', true],
    ] as const)
      tx.secrets.create({ id, internal, spec: { annotations: { name }, data: Buffer.from('hidden') } });
    tx.clusters.create({
      id: 'c1',
      fips: true,
      spec: { annotations: { name: 'default' } },
      rootCa: { caKey: Buffer.from('hidden'), joinTokens: { worker: 'token', manager: 'token' } },
    });
    tx.extensions.create({ id: 'e1', annotations: { name: 'kind' } });
    tx.extensions.create({ id: 'e2', annotations: { name: 'other' } });
    tx.resources.create({ id: 'r1', kind: 'kind', annotations: { name: 'r1' } });
    tx.resources.create({ id: 'r2', kind: 'other', annotations: { name: 'r2' } });
    tx.volumes.create({ id: 'v1', spec: { annotations: { name: 'v1' }, group: 'g', driver: { name: 'd' } } });
  });
  return store;
}

async function ask<Q, R>(client: RawClient, method: RpcMethod<Q, R>, request: Sparse<Q>): Promise<R> {
  const { code, details, messages } = await client.call(method.path, method.requestSerialize(request));
  if (code !== 0) throw Object.assign(new Error(details), { status: code });
  return method.responseDeserialize(messages[0] ?? new Uint8Array(0));
}

async function clientOf(store: MemoryStore, secrets = false): Promise<RawClient> {
  const server = opened.add(
    await serveSwarm(store, { listen: '127.0.0.1:0', authorize: () => (secrets ? 'secrets' : true) }),
  );
  return opened.client(server.address);
}

const ids = (list: readonly { readonly id: string }[]): string => list.map(({ id }) => id).join();

test('[V21] lists are in id order, and their filters are those of swarmkit', async () => {
  const client = await clientOf(await filled());
  const nodes = async (filters: object): Promise<string> =>
    ids((await ask(client, ControlService.listNodes, { filters })).nodes);
  const tasks = async (filters: object): Promise<string> =>
    ids((await ask(client, ControlService.listTasks, { filters })).tasks);
  const services = async (filters: object): Promise<string> =>
    ids((await ask(client, ControlService.listServices, { filters })).services);
  const secrets = async (filters: object): Promise<string> =>
    ids((await ask(client, ControlService.listSecrets, { filters })).secrets);
  const resources = async (filters: object): Promise<string> =>
    ids((await ask(client, ControlService.listResources, { filters })).resources);
  const volumes = async (filters: object): Promise<string> =>
    ids((await ask(client, ControlService.listVolumes, { filters })).volumes);
  expect([await nodes({}), await tasks({}), await services({})]).toEqual(['n1,n2', 't1,t2,t3', 's1,s2,s3']);
  // Filters of several kinds have to hold together; names are compared with case.
  expect([await nodes({ names: ['beta', 'Alpha'] }), await nodes({ names: ['alpha'] })]).toEqual(['n2,n1', '']);
  expect(await nodes({ namePrefixes: ['Al', 'be'], roles: [NodeRole.MANAGER] })).toBe('n1');
  expect(await nodes({ labels: new Map([['disk', 'ssd']]) })).toBe('n1');
  expect([
    await nodes({ nodeLabels: new Map([['zone', '']]) }),
    await nodes({ nodeLabels: new Map([['zone', 'b']]) }),
  ]).toEqual(['n2', '']);
  expect(await tasks({ serviceIds: ['s1'], nodeIds: ['n2'] })).toBe('t2');
  expect([await tasks({ names: ['s1.1.t1'] }), await tasks({ namePrefixes: ['s3.'] })]).toEqual(['t1', 't3']);
  expect([await tasks({ runtimes: ['container'] }), await tasks({ runtimes: ['attachment'] })]).toEqual([
    't1,t2,t3',
    '',
  ]);
  expect(await tasks({ desiredStates: [TaskState.RUNNING], idPrefixes: ['t3', 't1'] })).toBe('t3,t1');
  expect(await tasks({ upToDate: true })).toBe('t1,t2,t3');
  expect([await services({ namePrefixes: ['web'] }), await services({ labels: new Map([['tier', 's3']]) })]).toEqual([
    's1',
    's3',
  ]);
  // Here names and prefixes are alternatives, names without case, and internal secrets are left out.
  expect([await secrets({}), await secrets({ names: ['TWO', 'three'], idPrefixes: ['k1'] })]).toEqual([
    'k1,k2',
    'k2,k1',
  ]);
  expect([await resources({ kind: 'kind' }), await resources({ kind: 'kind', names: ['r2'] })]).toEqual(['r1', '']);
  expect([await volumes({ groups: ['g'], drivers: ['d'] }), await volumes({ drivers: ['x'] })]).toEqual(['v1', '']);
});

test('[V22] lists show clusters and secrets as swarmkit does, and less without the right to secrets', async () => {
  const store = await filled();
  const plain = await clientOf(store);
  const holder = await clientOf(store, true);
  for (const [client, token] of [
    [plain, ''],
    [holder, 'token'],
  ] as const) {
    const [cluster] = (await ask(client, ControlService.listClusters, {})).clusters;
    expect(cluster).toMatchObject({
      fips: false,
      defaultAddressPool: ['10.0.0.0/8'],
      subnetSize: 24,
      VXLANUDPPort: 4789,
    });
    expect(cluster?.rootCa.caKey).toHaveLength(0);
    expect(cluster?.rootCa.joinTokens.worker).toBe(token);
    for (const { spec } of (await ask(client, ControlService.listSecrets, {})).secrets)
      expect(spec.data).toHaveLength(0);
    const { secret } = await ask(client, ControlService.getSecret, { secretId: 'k3' });
    expect(secret).toMatchObject({ internal: true, spec: { data: new Uint8Array(0) } });
  }
});

test('[V23] an object is got by its id; no id and an unknown id are the statuses of swarmkit', async () => {
  const client = await clientOf(await filled());
  expect((await ask(client, ControlService.getNode, { nodeId: 'n1' })).node?.id).toBe('n1');
  expect((await ask(client, ControlService.getVolume, { volumeId: 'v1' })).volume?.id).toBe('v1');
  const failure = <Q, R>(method: RpcMethod<Q, R>, request: Sparse<Q>): Promise<unknown> =>
    ask(client, method, request).then(
      () => 'no failure',
      (error: unknown) => [(error as { status: number }).status, (error as Error).message],
    );
  expect(await failure(ControlService.getTask, {})).toEqual([3, 'invalid argument']);
  expect(await failure(ControlService.getSecret, {})).toEqual([3, 'secret ID must be provided']);
  expect(await failure(ControlService.getVolume, {})).toEqual([5, 'volume  not found']);
  expect(await failure(ControlService.getService, { serviceId: 'x' })).toEqual([5, 'service x not found']);
});

test('[V23] the numbers of tasks of services, also of one that does not exist', async () => {
  const client = await clientOf(await filled());
  const { statuses } = await ask(client, ControlService.listServiceStatuses, { services: ['s1', 'none'] });
  expect(statuses).toEqual([
    { serviceId: 's1', desiredTasks: 3n, runningTasks: 2n, completedTasks: 0n },
    { serviceId: 'none', desiredTasks: 0n, runningTasks: 0n, completedTasks: 0n },
  ]);
});

test('[V24] every method that writes is refused with a sentence, whatever its request is', async () => {
  const client = await clientOf(new MemoryStore());
  const writing = methods.filter(({ path }) => !/\/(?:List|Get)(?!RootCA|UnlockKey)|Watch\/Watch/.test(path));
  expect(writing.length).toBeGreaterThan(20);
  for (const { path } of writing) {
    const { code, details } = await client.call(path, Buffer.from([0xff, 0xff]));
    expect([code, details]).toEqual([
      12,
      `${path.replace(/.*\//, '')} is not served: a store is served for reading only`,
    ]);
  }
});

test('[V6] every method is refused to a peer without the role, and to one that the hook refuses', async () => {
  const store = await filled();
  const server = opened.add(await serveSwarm(store, { listen: '127.0.0.1:0', tls }));
  const worker = opened.client(server.address, {
    ca: authority.ca,
    own: authority.issue('w', { unit: 'swarm-worker' }),
  });
  const refusing = opened.add(await serveSwarm(store, { listen: '127.0.0.1:0', tls, authorize: () => false }));
  const refused = opened.client(refusing.address, asManager);
  for (const { path } of methods) {
    for (const client of [worker, refused]) expect(await client.call(path)).toMatchObject({ code: 7, messages: [] });
  }
  // A method that is served nowhere is refused, too.
  expect((await worker.call('/docker.swarmkit.v1.Dispatcher/Session')).code).toBe(12);
});
