import { expect, test } from '@jest/globals';
import { MemoryStore, NodeSpecAvailability, TaskState } from 'swarmstate';
import type { Int64, Kinds, Secret, Service, Task, TaskDraft, TaskInput, Tx } from 'swarmstate';
import { rejected } from '../support/store-helpers.ts';

const inStore = <R extends object | undefined>(work: (tx: Tx) => R): Promise<R> => new MemoryStore().update(work);

test('[T10] the store’s objects are read-only at every depth', async () => {
  const task = await inStore((tx) =>
    tx.tasks.create({
      id: 't',
      networks: [{ addresses: ['a'] }],
      spec: { container: { env: ['A'], labels: { l: 'x' } } },
    }),
  );
  const { networks, spec, annotations } = task;
  // @ts-expect-error -- a list is read-only
  const list: unknown[] = networks;
  // @ts-expect-error -- a nested list is read-only
  const addresses: string[] = networks[0]!.addresses;
  const writes: (() => unknown)[] = [
    // @ts-expect-error -- a scalar is read-only
    () => (task.slot = 1),
    // @ts-expect-error -- a message is read-only
    () => (task.status = networks),
    // @ts-expect-error -- an element of a list is read-only
    () => (networks[0] = undefined),
    () => list.push({}),
    () => addresses.push('b'),
    // @ts-expect-error -- a oneof member is read-only
    () => (spec.container = undefined),
    // @ts-expect-error -- an entry of a map is read-only
    () => (annotations.labels['l'] = 'y'),
    // @ts-expect-error -- a nested map is read-only
    () => delete spec.container!.labels['l'],
  ];
  for (const write of writes) expect(write).toThrow(TypeError);
  const secret: Secret = await inStore((tx) => tx.secrets.create({ id: 's', spec: { data: new Uint8Array([1]) } }));
  // @ts-expect-error -- bytes are read-only for the compiler, which is all that JavaScript offers
  const fill: unknown = secret.spec.data.fill;
  expect(typeof fill).toBe('function');
});

test('[T10] an object of the store is an input, whole or spread', async () => {
  const task: Task = await inStore((tx) =>
    tx.tasks.create({ id: 't', logDriver: { name: 'x' }, spec: { container: { image: 'a' } } }),
  );
  const whole: TaskInput = task;
  const spread: TaskInput = {
    ...task,
    slot: 2n,
    logDriver: undefined,
    spec: { ...task.spec, container: { image: 'b' } },
  };
  const stored = await inStore((tx) => {
    tx.tasks.create(whole);
    return tx.tasks.update(spread);
  });
  expect(stored).toMatchObject({ slot: 2, spec: { container: { image: 'b' } } });
  expect('logDriver' in stored).toBe(false);
});

test('[T11] inputs need an id, may leave out other fields, and refuse misspelt ones', async () => {
  const inputs: (() => Promise<unknown>)[] = [
    // @ts-expect-error -- the id is not optional
    () => inStore((tx) => tx.tasks.create({ slot: 1 })),
    // @ts-expect-error -- a misspelt field
    () => inStore((tx) => tx.tasks.create({ id: 't', service: 'x' })),
    // @ts-expect-error -- a misspelt nested field
    () => inStore((tx) => tx.tasks.create({ id: 't', spec: { container: { img: 'x' } } })),
    // @ts-expect-error -- null is not undefined
    () => inStore((tx) => tx.tasks.create({ id: 't', spec: null })),
    // @ts-expect-error -- a string is no number
    () => inStore((tx) => tx.tasks.create({ id: 't', slot: '1' })),
    // @ts-expect-error -- bytes are no string
    () => inStore((tx) => tx.secrets.create({ id: 't', spec: { data: 'x' } })),
  ];
  for (const input of inputs) await rejected(input(), 'ERR_INVALID_OBJECT');
  const id: string | undefined = undefined;
  // @ts-expect-error -- an id that may be missing
  await rejected(inStore((tx) => tx.nodes.create({ id })), 'ERR_INVALID_OBJECT'); // prettier-ignore
});

test('[T10] 64-bit fields take numbers and bigints', async () => {
  const slot: Int64 = 2n ** 64n - 1n;
  const service: Service = await inStore((tx) => {
    tx.tasks.create({ id: 't', slot });
    return tx.services.create({ id: 's', spec: { replicated: { replicas: 3n } } });
  });
  const replicas: number | undefined = service.spec.replicated?.replicas;
  expect(replicas).toBe(3);
});

test('[T16][T17] fields of drafts read as drafts, take inputs, and are removed by undefined', async () => {
  const recipe = (draft: TaskDraft): void => {
    draft.spec.container?.env.push('A=1');
    draft.status = { state: TaskState.RUNNING };
    draft.networks.push({ addresses: ['10.0.0.1'] });
    const last = draft.networks.at(-1);
    if (last !== undefined) last.aliases = ['alias'];
    draft.networks.splice(0, 1, { addresses: ['10.0.0.2'] }, { aliases: ['x'] });
    draft.logDriver = undefined;
    draft.slot = 2n ** 60n;
    draft.annotations.labels['key'] = 'value';
    delete draft.annotations.labels['other'];
    draft.desiredState = TaskState.SHUTDOWN;
    draft.endpoint = { ports: [{ targetPort: 80 }] };
  };
  const task: Kinds['task'] = await inStore((tx) => {
    tx.tasks.create({
      id: 't',
      logDriver: { name: 'x' },
      annotations: { labels: { other: 'x' } },
      networks: [{}],
      spec: { container: { image: 'b' } },
    });
    return tx.tasks.modify('t', recipe);
  });
  expect(task).toMatchObject({
    spec: { container: { image: 'b', env: ['A=1'] } },
    networks: [{ addresses: ['10.0.0.2'] }, { aliases: ['x'] }, { addresses: ['10.0.0.1'], aliases: ['alias'] }],
    status: { state: 512 },
    desiredState: 640,
    endpoint: { ports: [{ targetPort: 80 }] },
  });
  expect(BigInt(task.slot)).toBe(2n ** 60n);
  expect({ ...task.annotations.labels }).toEqual({ key: 'value' });
});

test('[T11][T19] drafts refuse the values that inputs refuse', async () => {
  const modifying = (edit: (tx: Tx) => object): Promise<object> =>
    inStore((tx) => {
      tx.tasks.create({ id: 't' });
      tx.secrets.create({ id: 's', spec: { data: new Uint8Array([1]) } });
      return edit(tx);
    });
  // @ts-expect-error -- a string is no number
  await rejected(modifying((tx) => tx.tasks.modify('t', (draft) => void (draft.slot = 'x'))), 'ERR_INVALID_OBJECT'); // prettier-ignore
  // @ts-expect-error -- there is no such field
  await rejected(modifying((tx) => tx.tasks.modify('t', (draft) => void (draft.img = 'x'))), 'ERR_INVALID_OBJECT'); // prettier-ignore
  // @ts-expect-error -- an assigned value has no such field
  await rejected(modifying((tx) => tx.tasks.modify('t', (draft) => void (draft.spec = { img: 'x' }))), 'ERR_INVALID_OBJECT'); // prettier-ignore
  // @ts-expect-error -- bytes are replaced, not edited: the copy is the recipe's own
  const edited = await modifying((tx) => tx.secrets.modify('s', (draft) => void (draft.spec.data[0] = 2)));
  const replaced = await modifying((tx) =>
    tx.secrets.modify('s', (draft) => void (draft.spec.data = new Uint8Array([3]))),
  );
  expect([edited, replaced]).toMatchObject([
    { spec: { data: new Uint8Array([2]) } },
    { spec: { data: new Uint8Array([3]) } },
  ]);
});

test('[T37] the types refuse what a recipe may not return', async () => {
  const modifying = (edit: (tx: Tx) => object): Promise<object> =>
    inStore((tx) => {
      tx.tasks.create({ id: 't' });
      return edit(tx);
    });
  // @ts-expect-error -- the value of an assignment is no task
  await rejected(modifying((tx) => tx.tasks.modify('t', (draft) => (draft.slot = 2))), 'ERR_INVALID_OBJECT'); // prettier-ignore
  // @ts-expect-error -- a part of the draft is no task
  await rejected(modifying((tx) => tx.tasks.modify('t', (draft) => draft.spec)), 'ERR_INVALID_OBJECT'); // prettier-ignore
  const recipe = (draft: TaskDraft): TaskInput => ({ ...draft, slot: 2 });
  expect(await modifying((tx) => tx.tasks.modify('t', recipe))).toMatchObject({ slot: 2 });
});

test('[T10] enums are numbers with names', async () => {
  const node = await inStore((tx) => tx.nodes.create({ id: 'n', spec: { availability: NodeSpecAvailability.DRAIN } }));
  const availability: NodeSpecAvailability = node.spec.availability;
  expect(availability).toBe(NodeSpecAvailability.DRAIN);
  // @ts-expect-error -- a value that this release does not know is accepted at run time only
  expect((await inStore((tx) => tx.nodes.create({ id: 'n', spec: { availability: 77 } }))).spec.availability).toBe(77);
});

test('[Y47] a resource without a kind is a compile-time error', async () => {
  const inputs: (() => Promise<unknown>)[] = [
    // @ts-expect-error -- the kind is not optional
    () => inStore((tx) => tx.resources.create({ id: 'r' })),
    // @ts-expect-error -- the kind is not optional
    () => inStore((tx) => tx.resources.update({ id: 'r', annotations: { name: 'r' } })),
  ];
  for (const input of inputs) await rejected(input(), 'ERR_NO_KIND');
});
