import { expect, test } from '@jest/globals';
import { MemoryStore, VolumeAccessModeScope, StoreActionKind } from 'swarmstate';
import type { Service, ServiceInput, Task, TaskDraft, TaskInput } from 'swarmstate';
import {
  ConfigReference,
  PrivilegesCredentialSpec,
  GenericResource,
  StoreAction,
  TaskSpec,
  VolumeAccessMode,
} from 'swarmstate/proto';
import type { GenericResourceInput, TaskSpecInput } from 'swarmstate/proto';
import { rejected, thrown } from '../support/store-helpers.ts';

test('[O36] two members of a oneof in a literal are a compile-time error', async () => {
  const creating = (task: TaskInput): Promise<Task> => new MemoryStore().update((tx) => tx.tasks.create(task));
  const serving = (service: ServiceInput): Promise<Service> =>
    new MemoryStore().update((tx) => tx.services.create(service));
  const refused = [
    // @ts-expect-error -- two of three
    () => creating({ id: 't', spec: { container: { image: 'i' }, attachment: { containerId: 'c' } } }),
    // @ts-expect-error -- whatever other members there are
    () => creating({ id: 't', spec: { attachment: {}, generic: { kind: 'k' }, networks: [], restart: {} } }),
    // @ts-expect-error -- at every depth
    () => serving({ id: 's', spec: { task: { container: {}, generic: {} } } }),
    // @ts-expect-error -- two of four
    () => serving({ id: 's', spec: { annotations: { name: 'web' }, replicated: { replicas: 3 }, global: {} } }),
    // @ts-expect-error -- a list of such messages
    () => creating({ id: 't', assignedGenericResources: [{}, { namedResourceSpec: {}, discreteResourceSpec: {} }] }),
    // @ts-expect-error -- one of them is enough for the others to be wrong
    () => serving({ id: 's', spec: { globalJob: {}, replicatedJob: {}, replicated: {} } }),
  ];
  for (const call of refused) await rejected(call(), 'ERR_INVALID_OBJECT');
});

test('[O36] messages of a oneof alone or with few members are checked in the same way', () => {
  const refused = [
    // @ts-expect-error -- both members
    () => GenericResource.from({ namedResourceSpec: { kind: 'gpu' }, discreteResourceSpec: { kind: 'gpu' } }),
    // @ts-expect-error -- strings
    () => PrivilegesCredentialSpec.from({ registry: 'r', config: 'c' }),
    // @ts-expect-error -- with all members that are always present
    () => ConfigReference.from({ configId: 'c', configName: 'n', file: { name: 'f' }, runtime: {} }),
    // @ts-expect-error -- with enums
    () => VolumeAccessMode.from({ scope: VolumeAccessModeScope.SINGLE_NODE, sharing: 0, block: {}, mount: {} }),
    // @ts-expect-error -- two of ten
    () => StoreAction.from({ action: StoreActionKind.CREATE, volume: { id: 'v' }, node: { id: 'n' } }),
  ];
  for (const call of refused) thrown(call, 'ERR_INVALID_OBJECT');
});

test('[O36] a stored object, a draft, and a spread of them pass with another member', async () => {
  const store = new MemoryStore();
  await store.update((tx) => {
    tx.services.create({ id: 's', spec: { task: { container: { image: 'a' } }, replicated: { replicas: 1 } } });
    tx.tasks.create({ id: 't', spec: { container: { image: 'a' } } });
  });
  const [task, service] = store.view((tx) => [tx.tasks.get('t') as Task, tx.services.get('s') as Service] as const);
  const inputs: readonly TaskInput[] = [
    task,
    { ...task, spec: { ...task.spec, container: { image: 'b' } } },
    { ...task, spec: { ...service.spec.task, container: { ...service.spec.task.container, image: 'c' } } },
    { id: 't', spec: { container: undefined, generic: { kind: 'k' } } },
  ];
  const images = [];
  for (const input of inputs) images.push((await store.update((tx) => tx.tasks.update(input))).spec.container?.image);
  expect(images).toEqual(['a', 'b', 'c', undefined]);

  const recipe = (draft: TaskDraft): TaskInput => ({ ...draft, spec: { ...draft.spec, generic: { kind: 'other' } } });
  const edited = await store.update((tx) => tx.tasks.modify('t', recipe));
  expect(edited.spec.generic?.kind).toBe('other');

  const spec = { ...service.spec, replicated: { replicas: 2 } };
  const scaled = await store.update((tx) => tx.services.update({ ...service, spec }));
  expect(scaled.spec.replicated?.replicas).toBe(2);

  const wrong = [
    // @ts-expect-error -- a wrong member beside a spread is still one
    () => TaskSpec.from({ ...task.spec, container: { img: 'b' } }),
    // @ts-expect-error -- and so is a member of the wrong type
    () => TaskSpec.from({ ...task.spec, generic: 5 }),
  ];
  for (const call of wrong) thrown(call, 'ERR_INVALID_OBJECT');
});

test('[O36] an input that is spread says which members it unsets', () => {
  const withContainer = (spec: TaskSpecInput): TaskSpecInput => ({
    ...spec,
    attachment: undefined,
    generic: undefined,
    container: { image: 'i' },
  });
  expect(TaskSpec.from(withContainer({ generic: { kind: 'k' } }))).toEqual(
    TaskSpec.from({ container: { image: 'i' } }),
  );
  // @ts-expect-error -- the input may have another member
  const wrong = (spec: TaskSpecInput): TaskSpecInput => ({ ...spec, container: { image: 'i' } });
  thrown(() => TaskSpec.from(wrong({ generic: {} })), 'ERR_INVALID_OBJECT');
  const list: readonly GenericResourceInput[] = [
    { discreteResourceSpec: { kind: 'cpu', value: 2 } },
    GenericResource.from({ namedResourceSpec: { kind: 'gpu', value: '1' } }),
  ];
  expect(list.map((resource) => GenericResource.from(resource).namedResourceSpec?.value)).toEqual([undefined, '1']);
});
