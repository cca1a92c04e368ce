import { expect } from '@jest/globals';
import type { By, Kind, Node, ReadTx, StoreErrorCode, StoreEvent, Tx, Watcher } from 'swarmstate';
import { MemoryStore, all, matches } from 'swarmstate';

/** Expects a StoreError of that code, thrown synchronously, and gives it. */
export function thrown(work: () => unknown, code: StoreErrorCode): Error & Record<string, unknown> {
  try {
    work();
  } catch (error) {
    expect(error).toMatchObject({ name: 'StoreError', code });
    return error as Error & Record<string, unknown>;
  }
  throw new Error(`expected ${code}, but nothing was thrown`);
}

/** Expects a promise to reject with a StoreError of that code, and gives the error. */
export async function rejected(
  promise: Promise<unknown>,
  code: StoreErrorCode,
): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    expect(error).toMatchObject({ name: 'StoreError', code });
    return error as Error & Record<string, unknown>;
  }
  throw new Error(`expected ${code}, but nothing was thrown`);
}

/** A promise with its functions outside. */
export function deferred<T = void>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** An event in one word: `create task t1`, `commit`. */
export function brief(event: StoreEvent): string {
  return event.kind === undefined ? 'commit' : `${event.action} ${event.kind} ${event.object.id}`;
}

/** Closes the store and gives everything that the watcher had not delivered yet. */
export async function drain(store: MemoryStore, watcher: Watcher): Promise<string[]> {
  await store.close();
  const events: string[] = [];
  for await (const event of watcher) events.push(brief(event));
  return events;
}

/** The next `count` events, in brief. */
export async function take(watcher: Watcher, count: number): Promise<string[]> {
  const events: string[] = [];
  while (events.length < count) {
    const { done, value } = await watcher.next();
    if (done === true) throw new Error(`the watcher ended after ${events.length} of ${count} events`);
    events.push(brief(value));
  }
  return events;
}

/** The ids in a list of objects. */
export function ids(objects: readonly { readonly id: string }[]): string[] {
  return objects.map((object) => object.id);
}

/** The ids of all nodes. */
export function nodeIds(store: MemoryStore): string[] {
  return store.view((tx) => ids(tx.nodes.find(all)));
}

/** A store with what `fill` creates. */
export async function filled(fill: (tx: Tx) => void): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.update(fill);
  return store;
}

/** A store with nodes of these ids. */
export async function storeOf(...nodes: string[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.update((tx) => nodes.forEach((id) => void tx.nodes.create({ id })));
  return store;
}

/** Creates a node in a transaction of its own. */
export function createNode(store: MemoryStore, id: string, signal?: AbortSignal): Promise<Node> {
  return store.update((tx) => tx.nodes.create({ id }), { signal });
}

/** The ids that a finder finds in a table; checks on the way that count, iterate and matches agree. */
export function found<K extends Kind>(store: MemoryStore, kind: K, by: By<K>): string[] {
  return store.view((tx: ReadTx) => {
    const table = tx.table(kind);
    const objects = table.find(by);
    expect(Object.isFrozen(objects)).toBe(true);
    expect(table.count(by)).toBe(objects.length);
    expect([...table.iterate(by)]).toEqual([...objects]);
    for (const object of table.find(all)) expect(matches(by, kind, object)).toBe(objects.includes(object));
    return ids(objects);
  });
}
