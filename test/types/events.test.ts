import { expect, test } from '@jest/globals';
import { MemoryStore, StoreError, byNodeId, byRole, isStoreError } from 'swarmstate';
import type { Commit, Kind, Kinds, ObjectEvent, Selector, StoreErrorCode, StoreEvent } from 'swarmstate';
import { thrown } from '../support/store-helpers.ts';

/** Narrows an event by its kind first. */
function byKindFirst(event: StoreEvent): string {
  if (event.kind === 'task') {
    const task: Kinds['task'] = event.object;
    if (event.action === 'update') {
      const old: Kinds['task'] | undefined = event.oldObject;
      return `task ${task.slot} was ${old?.slot}`;
    }
    const none: undefined = event.oldObject;
    return `${event.action} task ${task.slot} ${none}`;
  }
  if (event.kind === undefined) {
    const action: 'commit' = event.action;
    return `${action} ${event.version?.index}`;
  }
  const kind: Exclude<Kind, 'task'> = event.kind;
  return kind;
}

/** Narrows an event by its action first. */
function byActionFirst(event: StoreEvent): string {
  switch (event.action) {
    case 'commit':
      return `commit ${event.reset}`;
    case 'create':
      return event.kind === 'service' ? event.object.spec.annotations.name : event.object.id;
    case 'update':
      return event.kind === 'node' ? `${event.oldObject?.role} to ${event.object.role}` : event.object.id;
    case 'delete':
      return event.kind;
  }
}

/** Code that is generic over kinds. */
function idsOf<K extends Kind>(events: readonly ObjectEvent<K>[]): string[] {
  return events.map((event) => event.object.id);
}

test('[W9] tests of kind and action, in either order, narrow the type of an event', async () => {
  const store = new MemoryStore();
  const watcher = store.watch();
  const commits = store.watch({ events: [{ kind: 'task' }] }).commits();
  await store.update((tx) => {
    tx.tasks.create({ id: 't', slot: 1 });
    tx.tasks.update({ id: 't', slot: 2 });
    tx.services.create({ id: 's', spec: { annotations: { name: 'web' } } });
    tx.nodes.create({ id: 'n' });
    tx.nodes.modify('n', (draft) => Object.assign(draft, { role: 1 }));
    tx.nodes.delete('n');
  });
  await store.close();
  const events: StoreEvent[] = [];
  for await (const event of watcher) events.push(event);
  expect(events.map(byKindFirst)).toEqual([
    'create task 1 undefined',
    'task 2 was 1',
    'service',
    'node',
    'node',
    'node',
    'commit undefined',
  ]);
  expect(events.map(byActionFirst)).toEqual(['t', 't', 'web', 'n', '0 to 1', 'node', 'commit undefined']);
  const { value } = await commits.next();
  const commit: Commit | undefined = value;
  expect(idsOf(commit?.events ?? [])).toEqual(['t', 't']);
  // @ts-expect-error -- an event is read-only
  expect(() => (events[0]!.action = 'delete')).toThrow(TypeError);
});

test('[W22] watch accepts exactly the selectors that compile', () => {
  const store = new MemoryStore();
  const good: readonly Selector[] = [
    { kind: 'task' },
    { kind: 'task', action: 'update', by: byNodeId('n'), check: (task, old) => task.slot !== old?.slot },
    { kind: 'node', by: undefined, action: undefined, check: undefined },
    { action: 'commit' },
  ];
  const apart = [{ kind: 'task', by: byNodeId('n') }] satisfies Selector[];
  store.watch({ events: good });
  store.watch({ events: apart, limit: undefined, signal: undefined });
  store.watch({});
  const bad: (() => unknown)[] = [
    // @ts-expect-error -- a misspelt member
    () => store.watch({ events: [{ kind: 'task', By: byNodeId('n') }] }),
    // @ts-expect-error -- a table's name is no kind
    () => store.watch({ events: [{ kind: 'tasks' }] }),
    // @ts-expect-error -- no such action
    () => store.watch({ events: [{ kind: 'task', action: 'remove' }] }),
    // @ts-expect-error -- a finder of another table
    () => store.watch({ events: [{ kind: 'task', by: byRole(1) }] }),
    // @ts-expect-error -- a commit is of no kind
    () => store.watch({ events: [{ kind: 'task', action: 'commit' }] }),
    // @ts-expect-error -- a kind is needed
    () => store.watch({ events: [{ by: byNodeId('n') }] }),
    // @ts-expect-error -- a list is needed
    () => store.watch({ events: { kind: 'task' } }),
  ];
  for (const watch of bad) thrown(watch, 'ERR_INVALID_FIND_BY');
  // @ts-expect-error -- check gets objects of the selector's kind
  const check: Selector = { kind: 'task', check: (task) => task.description === undefined };
  expect(check.action).toBeUndefined();
  // @ts-expect-error -- options are not misspelt either
  thrown(() => store.watch({ event: good }), 'ERR_INVALID_OBJECT');
  expect(store.stats().watchers).toBe(3);
});

/** Makes a message for users from the data of each code. */
function explain(error: unknown): string {
  if (!isStoreError(error)) return 'unexpected';
  switch (error.code) {
    case 'ERR_NAME_CONFLICT':
      return `${error.conflictingName} is taken by ${error.holder ?? 'the store'}`;
    case 'ERR_EXIST':
    case 'ERR_NOT_EXIST':
      return `${error.kind} ${error.id}`;
    case 'ERR_INVALID_OBJECT':
      return error.path.join('.');
    default: {
      const code: Exclude<StoreErrorCode, 'ERR_NAME_CONFLICT' | 'ERR_EXIST' | 'ERR_NOT_EXIST' | 'ERR_INVALID_OBJECT'> =
        error.code;
      return code;
    }
  }
}

test('[T12][R1] isStoreError with a code narrows the data of an error', async () => {
  const store = new MemoryStore();
  await store.update((tx) => tx.secrets.create({ id: 's', spec: { annotations: { name: 'x' } } }));
  const failures = await Promise.allSettled([
    store.update((tx) => tx.secrets.create({ id: 't', spec: { annotations: { name: 'X' } } })),
    store.update((tx) => tx.secrets.delete('t')),
    store.update((tx) => tx.secrets.create({ id: '' })),
    store.update((tx) => tx.extensions.update({ id: 'e' })),
    store.update(() => {
      throw new Error('mine');
    }),
  ]);
  const reasons = failures.map((failure) => (failure.status === 'rejected' ? (failure.reason as unknown) : undefined));
  expect(reasons.map(explain)).toEqual(['X is taken by s', 'secret t', 'id', 'ERR_EXTENSION_IMMUTABLE', 'unexpected']);
  const [conflict] = reasons;
  if (!isStoreError(conflict, 'ERR_NAME_CONFLICT')) throw new Error('it is one');
  const holder: string | undefined = conflict.holder;
  expect(holder).toBe('s');
  // @ts-expect-error -- data of another code
  expect(conflict.path).toBeUndefined();
  // @ts-expect-error -- no such code
  expect(isStoreError(conflict, 'ERR_NAME')).toBe(false);
  expect(conflict instanceof StoreError).toBe(true);
});
