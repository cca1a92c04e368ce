import { expect } from '@jest/globals';
import type { MemoryStore, StoreErrorCode, StoreEvent, Watcher } from 'swarmstate';
import { all } from 'swarmstate';

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
export async function rejected(promise: Promise<unknown>, code: StoreErrorCode): Promise<Error & Record<string, unknown>> {
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
