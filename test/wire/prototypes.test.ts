import { afterEach, describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { Secret, StoreAction, Task } from 'swarmstate/proto';
import { ScriptedProposer } from '../support/scripted-proposer.ts';
import { refusal } from './support/refusal.ts';

const added: string[] = [];

/** Adds a member to `Object.prototype` until the end of the test. */
function addToAll(name: string, member: PropertyDescriptor): void {
  added.push(name);
  Object.defineProperty(Object.prototype, name, { configurable: true, ...member });
}

afterEach(() => {
  for (const name of added.splice(0)) Reflect.deleteProperty(Object.prototype, name);
});

describe('members that a program added to Object.prototype', () => {
  test.each([
    ['enumerable', { enumerable: true, writable: true }],
    ['hidden', { enumerable: false, writable: false }],
  ])('[O37] %s ones are no members of inputs, stored objects, bytes and JSON', async (_, kind) => {
    const store = new MemoryStore();
    await store.update((tx) => tx.secrets.create({ id: 'before', spec: { annotations: { name: 'before' } } }));
    const before = Secret.encode(store.view((tx) => tx.secrets.get('before')) ?? {});
    addToAll('templating', { value: { name: 'evil' }, ...kind });
    addToAll('endpoint', { value: { spec: {} }, ...kind });
    addToAll('evil', { value: 'x', ...kind });
    const secret = await store.update((tx) => {
      tx.tasks.create({ id: 't', spec: { container: { labels: { a: 'b' } } } });
      return tx.secrets.create({ id: 's', spec: { data: new Uint8Array([1]) } });
    });
    expect(Object.keys(secret.spec)).toEqual(['annotations', 'data']);
    const bytes = Secret.encode(secret);
    expect(JSON.stringify([Secret.toJson(secret), Buffer.from(bytes).toString()])).not.toContain('evil');
    const stored = await store.update((tx) => {
      tx.secrets.modify('before', (draft) => void (draft.spec.data = new Uint8Array([2])));
      return tx.tasks.modify('t', (draft) => void (draft.nodeId = 'n'));
    });
    expect(Object.hasOwn(stored, 'endpoint')).toBe(false);
    const copy = Secret.from({ ...Secret.decode(before), id: 'copy' }, Secret.decode(before));
    for (const name of added.splice(0)) Reflect.deleteProperty(Object.prototype, name);
    expect(copy).toEqual({ ...Secret.decode(before), id: 'copy' });
    expect(Secret.decode(bytes)).toEqual(secret);
    const saved = store.save();
    expect([...saved.secrets, ...saved.tasks].filter((object) => JSON.stringify(object).includes('evil'))).toEqual([]);
  });

  test('[O37] a member of the same name that an input has itself, or by its class, is taken', () => {
    addToAll('templating', { value: { name: 'evil' }, writable: true });
    expect(Secret.from({ spec: { templating: { name: 'golang' } } }).spec.templating?.name).toBe('golang');
    class Spec {
      get templating(): { readonly name: string } {
        return { name: 'class' };
      }
    }
    const secret = Secret.from({ spec: new Spec() });
    expect(secret.spec.templating?.name).toBe('class');
    expect(Secret.decode(Secret.encode(secret))).toEqual(secret);
    expect(Secret.toJson(secret)).toMatchObject({ spec: { templating: { name: 'class' } } });
    const misspelt = { spec: Object.assign(Object.create({ templatin: 1 }) as object, {}) };
    expect(refusal('ERR_INVALID_OBJECT', () => Secret.from(misspelt)).path).toEqual(['spec', 'templatin']);
  });

  test('[O37] a string in a oneof that Object.prototype has too is kept where it is set, and only there', () => {
    addToAll('network', { value: 'ingress', writable: true });
    const action = { network: { spec: { network: 'ingress' } } };
    const set = StoreAction.encode(action);
    const unset = StoreAction.encode({ network: { spec: {} } });
    for (const name of added.splice(0)) Reflect.deleteProperty(Object.prototype, name);
    expect(set).toEqual(StoreAction.encode(action));
    expect(unset).toEqual(StoreAction.encode({ network: { spec: {} } }));
  });

  test('[O37] a read-only member that no object can have its own of is named', () => {
    addToAll('templating', { value: 1 });
    const error = refusal('ERR_INVALID_OBJECT', () => Secret.from({ spec: { templating: { name: 'golang' } } }));
    expect(error.path).toEqual(['spec', 'templating']);
    expect(error.message).toContain('Object.prototype');
    expect(Secret.from({ id: 's' }).id).toBe('s');
    addToAll('internal', { get: () => true });
    expect(refusal('ERR_INVALID_OBJECT', () => Secret.from({ id: 's' })).path).toEqual(['internal']);
  });

  test('[O37] an enumerable one that holds objects does not count for the size of a transaction', async () => {
    const store = new MemoryStore({ proposer: new ScriptedProposer() });
    addToAll('evil', { value: { inner: {} }, enumerable: true });
    const task = await store.update((tx) => tx.tasks.create({ id: 't', networks: [{}] }));
    expect(task.id).toBe('t');
  });
});

describe('lists that are not what they seem', () => {
  const labels = ['A=1', 'B=2'];
  class Shouting extends Array<string> {
    override map<U>(): U[] {
      return ['SHOUT'] as U[];
    }
  }
  const getter: string[] = [];
  Object.defineProperty(getter, 0, { get: () => 'A=1', enumerable: true });

  test.each([
    ['of a subclass', Object.freeze(Shouting.from(labels))],
    ['behind a proxy', Object.freeze(new Proxy(Object.freeze([...labels]), {}))],
    ['with a getter', Object.freeze(getter)],
    ['without a prototype', Object.freeze(Object.setPrototypeOf([...labels], null) as string[])],
  ])('[O38] a frozen list %s is copied', (_, env) => {
    const kept = Task.from({ spec: { container: { env } } }).spec.container?.env;
    expect(kept).not.toBe(env);
    expect(Object.getPrototypeOf(kept)).toBe(Array.prototype);
    expect(kept?.[0]).toBe('A=1');
  });

  test('[O38] a frozen plain array is kept', () => {
    const env = Object.freeze([...labels]);
    expect(Task.from({ spec: { container: { env } } }).spec.container?.env).toBe(env);
  });

  test('[O38] a proxy of a canonical object is an ordinary input', () => {
    const task = Task.from({ id: 't', spec: { container: { image: 'i' } } });
    const copy = Task.from(new Proxy(task, {}));
    expect(copy).not.toBe(task);
    expect(copy).toEqual(task);
  });
});

describe('bytes whose memory is gone', () => {
  const transferred = (): Uint8Array<ArrayBuffer> => {
    const bytes = new Uint8Array([8, 1]);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    return bytes;
  };

  test('[O39] an input, the bytes of a message and the chunk of a stream are refused', async () => {
    const data = transferred();
    const error = refusal('ERR_INVALID_OBJECT', () => Secret.from({ id: 's', spec: { data } }));
    expect(error.path).toEqual(['spec', 'data']);
    expect(refusal('ERR_DECODE', () => Secret.decode(data)).offset).toBe(0);
    for (const chunk of [data, data.buffer, new DataView(new ArrayBuffer(0))]) {
      const reading = new MemoryStore().restoreFrom([chunk as Uint8Array], { sealed: false });
      const code = chunk instanceof DataView ? 'ERR_INCOMPLETE_SNAPSHOT' : 'ERR_INVALID_OBJECT';
      await expect(reading).rejects.toMatchObject({ code });
    }
    const view = new DataView(new ArrayBuffer(2));
    structuredClone(view, { transfer: [view.buffer] });
    const reading = new MemoryStore().restoreFrom([view as unknown as Uint8Array]);
    await expect(reading).rejects.toMatchObject({ code: 'ERR_INVALID_OBJECT' });
    expect(Secret.decode(new Uint8Array(0))).toEqual(Secret.from({}));
  });
});
