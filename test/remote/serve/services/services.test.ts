import { afterEach, expect, test } from '@jest/globals';
import { MemoryStore, TaskState } from 'swarmstate';
import type { Service, ServiceInput, TaskInput } from 'swarmstate';
import { serveSwarm } from 'swarmstate/remote';
import { ControlService } from '../../../../src/grpc/generated/api.ts';
import type { RawClient } from '../support/raw-client.ts';
import { Opened } from '../support/serving.ts';

const opened = new Opened();
afterEach(() => opened.close());

async function clientOf(store: MemoryStore): Promise<RawClient> {
  const server = opened.add(await serveSwarm(store, { listen: '127.0.0.1:0' }));
  return opened.client(server.address);
}

async function getService(spec: ServiceInput['spec'], insertDefaults: boolean): Promise<Service> {
  const store = new MemoryStore();
  await store.update((tx) => tx.services.create({ id: 's', spec, previousSpec: { annotations: { name: 'old' } } }));
  const client = await clientOf(store);
  const request = ControlService.getService.requestSerialize({ serviceId: 's', insertDefaults });
  const { messages } = await client.call(ControlService.getService.path, request);
  const { service } = ControlService.getService.responseDeserialize(messages[0]!);
  if (!insertDefaults) expect(service).toEqual(store.view((tx) => tx.services.get('s')));
  return service!;
}

const steps = { failureAction: 0, monitor: { seconds: 5 }, parallelism: 1, order: 0 };

test('[V34] insert_defaults fills the unset fields of a service with the defaults of swarmkit', async () => {
  const spec = { annotations: { name: 'web' }, task: { container: { image: 'web' } }, replicated: { replicas: 2 } };
  const service = await getService(spec, true);
  expect(service.spec).toMatchObject({
    annotations: { name: 'web' },
    replicated: { replicas: 2 },
    task: {
      container: { image: 'web', stopGracePeriod: { seconds: 10 }, pullOptions: {}, dnsConfig: {} },
      resources: {},
      restart: { condition: 2, delay: { seconds: 5 } },
      placement: {},
    },
    update: steps,
    rollback: steps,
  });
  expect(service.spec.endpoint).toBeUndefined();
  expect(service.previousSpec?.update).toBeUndefined();
  const stored = await getService(spec, false);
  expect(stored.spec.update).toBeUndefined();
  expect(stored.spec.task.restart).toBeUndefined();
});

test('[V34] insert_defaults leaves fields that are set, fills delays of restarts and times of monitors', async () => {
  const { spec } = await getService(
    {
      annotations: { name: 'web' },
      task: {
        container: { stopGracePeriod: { seconds: 0 }, pullOptions: { registryAuth: '' }, dnsConfig: { search: ['a'] } },
        restart: { condition: 0, maxAttempts: 3 },
        placement: { constraints: ['node.role==worker'] },
        resources: { limits: { nanoCpus: 5 } },
      },
      update: { parallelism: 0 },
      rollback: { parallelism: 4, monitor: { seconds: 1 } },
    },
    true,
  );
  expect(spec.task.container).toMatchObject({ stopGracePeriod: { seconds: 0 }, dnsConfig: { search: ['a'] } });
  expect(spec.task).toMatchObject({
    restart: { condition: 0, delay: { seconds: 5 }, maxAttempts: 3 },
    placement: { constraints: ['node.role==worker'] },
    resources: { limits: { nanoCpus: 5 } },
  });
  expect(spec.update).toMatchObject({ parallelism: 0, monitor: { seconds: 5 } });
  expect(spec.rollback).toMatchObject({ parallelism: 4, monitor: { seconds: 1 } });
  // A service that runs no container gets none.
  const generic = await getService({ annotations: { name: 'g' }, task: { generic: { kind: 'x' } } }, true);
  expect(generic.spec.task.container).toBeUndefined();
  expect(generic.spec.task.restart).toMatchObject({ condition: 2 });
});

test('[V35] up_to_date selects tasks that are as their service is now, none of a lost service', async () => {
  const store = new MemoryStore();
  const container = { image: 'web:2' };
  const running = { desiredState: TaskState.RUNNING, status: { state: TaskState.RUNNING } };
  const pulled = { container: { ...container, pullOptions: { registryAuth: 'old' } } };
  const tasks: readonly TaskInput[] = [
    { id: 'same', spec: { container } },
    { id: 'older', spec: { container: { image: 'web:1' } } },
    { id: 'by-version', spec: { container: { image: 'web:1' } }, specVersion: { index: 7 } },
    { id: 'other-version', spec: { container }, specVersion: { index: 6 } },
    { id: 'other-endpoint', spec: { container }, endpoint: { spec: { ports: [{ targetPort: 80 }] } } },
    { id: 'pulled', spec: pulled, ...running },
    { id: 'not-pulled', spec: pulled, desiredState: TaskState.RUNNING, status: { state: TaskState.ASSIGNED } },
    { id: 'ended', spec: pulled, desiredState: TaskState.SHUTDOWN, status: { state: TaskState.RUNNING } },
    { id: 'placed', spec: { container, placement: { constraints: ['node.role==worker'] } }, ...running },
    { id: 'gone', spec: { container }, serviceId: 'none' },
  ];
  await store.update((tx) => {
    tx.services.create({
      id: 's',
      spec: { annotations: { name: 's' }, task: { container } },
      specVersion: { index: 7 },
    });
    for (const task of tasks) tx.tasks.create({ serviceId: 's', ...task });
  });
  const client = await clientOf(store);
  const request = ControlService.listTasks.requestSerialize({ filters: { upToDate: true } });
  const { messages } = await client.call(ControlService.listTasks.path, request);
  const found = ControlService.listTasks.responseDeserialize(messages[0]!).tasks.map(({ id }) => id);
  expect(found).toEqual(['by-version', 'other-version', 'pulled', 'same']);
});
