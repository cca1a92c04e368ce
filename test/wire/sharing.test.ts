import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Meta, Node, Secret, Service, StoreSnapshot, Task } from 'swarmstate/proto';
import type { TaskInput } from 'swarmstate/proto';
import { trustedStoreSnapshot } from '../../src/wire/snapshot/trusted-snapshot.ts';
import { checkProperty } from '../support/property.ts';
import { goldenBytes } from './support/golden.ts';
import { messageTypes } from './support/codecs.ts';
import { pick, randomInput, randomNumbers } from './support/random-input.ts';
import { refusal } from './support/refusal.ts';

const task = Task.decode(goldenBytes('bench-task-sample'));

/** Everything inside a value, itself included. */
function partsOf(value: unknown, into: object[] = []): object[] {
  if (typeof value !== 'object' || value === null) return into;
  into.push(value);
  if (!(value instanceof Uint8Array))
    for (const key of Object.keys(value)) partsOf((value as { [key: string]: unknown })[key], into);
  return into;
}

test('[O5] members that are always there are present, the others are own properties only when they are set', () => {
  const empty = Task.from({});
  expect(Object.keys(empty)).toEqual([
    'id',
    'meta',
    'spec',
    'serviceId',
    'slot',
    'nodeId',
    'annotations',
    'serviceAnnotations',
    'status',
    'desiredState',
    'networks',
    'assignedGenericResources',
    'volumes',
  ]);
  expect('endpoint' in empty).toBe(false);
  expect('container' in empty.spec).toBe(false);
  expect(Object.keys(Task.from({ specVersion: { index: 1 } }))).toContain('specVersion');
  expect(Task.decode(Task.encode({ specVersion: {} })).specVersion).toEqual({ index: 0 });
});

test('[O5] every message has the same members in the same order, whether it was decoded or given', () => {
  for (const type of messageTypes) {
    const random = randomNumbers(7);
    const message = type.from(randomInput(type, random, 1) as never);
    const decoded = type.decode(type.encode(message as never));
    expect(Object.keys(decoded)).toEqual(Object.keys(message));
    const present = type.fields.filter(
      ({ label, type: value, always, oneof }) =>
        oneof === undefined &&
        (label !== 'singular' || always === true || !(typeof value === 'object' && 'empty' in value)),
    );
    expect(Object.keys(type.empty).sort()).toEqual(present.map(({ property }) => property).sort());
  }
});

test('[O5] messages have the prototype of plain objects, maps have none', () => {
  const decoded = Task.decode(Task.encode({ annotations: { labels: { a: 'b' } } }));
  for (const value of [decoded, Task.from({ annotations: { labels: { a: 'b' } } })]) {
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(value.annotations)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(value.annotations.labels)).toBe(null);
    expect(Object.getPrototypeOf(value.serviceAnnotations.labels)).toBe(null);
  }
});

test('[O6] whatever is decoded or checked is frozen to its last part, but for bytes', () => {
  checkProperty(
    fc.property(fc.integer(), (seed) => {
      const random = randomNumbers(seed);
      const type = pick(messageTypes, random);
      const message = type.from(randomInput(type, random, 0.8) as never);
      for (const part of [...partsOf(message), ...partsOf(type.decode(type.encode(message as never)))]) {
        expect(part instanceof Uint8Array || Object.isFrozen(part)).toBe(true);
      }
    }),
  );
});

test('[O6] what is empty is one shared object per type, decoded or given', () => {
  for (const type of messageTypes) {
    expect(type.from({} as never)).toBe(type.empty);
    expect(type.decode(new Uint8Array(0))).toBe(type.empty);
    expect(type.decode(type.encode({} as never))).toBe(type.empty);
  }
  const a = Task.decode(Task.encode({ id: 'a' }));
  const b = Task.from({ id: 'b', networks: [], annotations: { labels: {} } });
  expect(a.networks).toBe(b.networks);
  expect(a.annotations).toBe(b.annotations);
  expect(a.annotations.labels).toBe(b.annotations.labels);
  expect(Secret.from({ spec: { data: new Uint8Array(0) } }).spec).toBe(Secret.decode(new Uint8Array(0)).spec);
});

test('[O11] an input is neither changed nor kept', () => {
  const data = new Uint8Array([1, 2, 3]);
  const labels = { a: 'b' };
  const env = ['A=1'];
  const secret = Secret.from({ spec: { data, annotations: { labels } } });
  const spec = Task.from({ spec: { container: { env } } }).spec;
  data[0] = 9;
  labels.a = 'changed';
  env.push('B=2');
  expect(secret.spec.data).toEqual(new Uint8Array([1, 2, 3]));
  expect(secret.spec.annotations.labels).toEqual({ a: 'b' });
  expect(spec.container?.env).toEqual(['A=1']);
  expect([labels, env].some((part) => Object.isFrozen(part))).toBe(false);
  const buffer = Buffer.from('shared pool');
  expect(Secret.from({ spec: { data: buffer } }).spec.data.buffer).not.toBe(buffer.buffer);
});

test('[O11] decoded bytes do not refer to the input', () => {
  const bytes = Secret.encode({ spec: { data: new Uint8Array([1, 2, 3]) } });
  const decoded = Secret.decode(bytes);
  bytes.fill(0);
  expect(decoded.spec.data).toEqual(new Uint8Array([1, 2, 3]));
  expect(decoded.spec.data.buffer.byteLength).toBe(3);
});

test('[O11] each member of an input is read once', () => {
  const reads = new Map<string | symbol, number>();
  const counting = <T extends object>(target: T, prefix: string): T =>
    new Proxy(target, {
      get(object, key, receiver): unknown {
        const name = `${prefix}.${String(key)}`;
        reads.set(name, (reads.get(name) ?? 0) + 1);
        return Reflect.get(object, key, receiver);
      },
    });
  const labels = counting({ a: 'b' }, 'labels');
  const list = counting(['x', 'y'], 'list');
  const container = counting({ env: list, labels, image: 'i' }, 'container');
  Task.from(counting({ id: 'x', slot: 1n, spec: { container }, nodeId: 'n' }, 'task'));
  for (const name of [
    'task.id',
    'task.slot',
    'task.spec',
    'container.env',
    'container.labels',
    'labels.a',
    'list.0',
    'list.1',
    'list.length',
  ]) {
    expect([name, reads.get(name)]).toEqual([name, 1]);
  }
});

test('[O12] canonical parts are shared, whole objects too', () => {
  expect(Task.from(task)).toBe(task);
  const moved = Task.from({ ...task, nodeId: 'other' });
  expect(moved).not.toBe(task);
  expect(moved.spec).toBe(task.spec);
  expect(moved.networks).toBe(task.networks);
  expect(moved.status).toBe(task.status);
  const relabelled = Task.from({ ...task, annotations: { ...task.annotations, name: 'n' } });
  expect(relabelled.annotations.labels).toBe(task.annotations.labels);
});

test('[O12] a spread copy is an ordinary input', () => {
  const copy = { ...task, nodeId: 5 } as unknown as TaskInput;
  expect(refusal('ERR_INVALID_OBJECT', () => Task.from(copy)).path).toEqual(['nodeId']);
  const frozen = Object.freeze({ ...task, spec: { ...task.spec, forceUpdate: 'x' } }) as unknown as TaskInput;
  expect(refusal('ERR_INVALID_OBJECT', () => Task.from(frozen)).path).toEqual(['spec', 'forceUpdate']);
});

test('[O12] a canonical object of another type is checked like any other input', () => {
  expect(refusal('ERR_INVALID_OBJECT', () => Task.from({ id: 'x', meta: task.spec as never })).path).toEqual([
    'meta',
    'networks',
  ]);
  const meta = Meta.from({ version: { index: 1 } });
  const node = Node.from({ id: 'n', meta });
  expect(node.meta).toBe(meta);
});

test('[O12] a frozen list of canonical objects is shared, an unfrozen one is copied', () => {
  const frozen = Object.freeze([task]);
  expect(StoreSnapshot.from({ tasks: frozen }).tasks).toBe(frozen);
  const open = [task];
  const snapshot = StoreSnapshot.from({ tasks: open });
  expect(snapshot.tasks).not.toBe(open);
  expect(snapshot.tasks[0]).toBe(task);
  const trusted = trustedStoreSnapshot({ ...StoreSnapshot.from({}), tasks: frozen });
  expect(trusted.tasks).toBe(frozen);
  expect(StoreSnapshot.from(trusted)).toBe(trusted);
  expect(StoreSnapshot.encode(trusted)).toEqual(StoreSnapshot.encode(snapshot));
  expect(trustedStoreSnapshot(StoreSnapshot.decode(new Uint8Array(0)))).toBe(StoreSnapshot.from({}));
});

test('[O13] an input that equals the object it replaces is that object, whatever it is made of', () => {
  checkProperty(
    fc.property(fc.integer(), (seed) => {
      const random = randomNumbers(seed);
      const type = pick(messageTypes, random);
      const previous = type.from(randomInput(type, random, 0.8) as never) as never;
      expect(type.from(structuredClone(previous), previous)).toBe(previous);
      expect(type.from(type.decode(type.encode(previous)) as never, previous)).toBe(previous);
      expect(type.from(previous, previous)).toBe(previous);
      const other = type.from(randomInput(type, random, 0.8) as never) as never;
      expect(type.from(other, previous)).toEqual(other);
    }),
    { numRuns: 300 },
  );
});

test('[O13] the parts that are equal are those of the object it replaces', () => {
  const previous = Task.from({
    id: 'a',
    spec: { container: { image: 'i', labels: { x: '1', y: '2' }, env: ['A'] }, restart: { delay: { seconds: 1 } } },
    networks: [{ addresses: ['1'] }, { addresses: ['2'] }],
  });
  const next = Task.from(
    {
      id: 'a',
      spec: {
        container: { image: 'new', labels: { y: '2', x: '1' }, env: ['A'] },
        restart: { delay: { seconds: 1n } },
      },
      networks: [{ addresses: ['1'] }, { addresses: ['3'] }],
    },
    previous,
  );
  expect(next.spec.container?.labels).toBe(previous.spec.container?.labels);
  expect(next.spec.container?.env).toBe(previous.spec.container?.env);
  expect(next.spec.restart).toBe(previous.spec.restart);
  expect(next.networks[0]).toBe(previous.networks[0]);
  expect(next.networks[1]).not.toBe(previous.networks[1]);
  expect(next.spec.container?.image).toBe('new');
});

test('[O13] the parts of a canonical input that are equal give way, too; what it holds besides is its own', () => {
  const previous = Task.from({
    id: 'a',
    spec: { container: { image: 'i', env: ['A'] } },
    networks: [{ addresses: ['1'] }],
    nodeId: 'n1',
  });
  const input = Task.decode(Task.encode({ ...previous, nodeId: 'n2', volumes: [{ id: 'v' }] }));
  const next = Task.from(input, previous);
  expect(next).toEqual(input);
  expect(next.spec).toBe(previous.spec);
  expect(next.networks).toBe(previous.networks);
  expect(next.volumes).toBe(input.volumes);
  const other = Task.from({ id: 'a', spec: { container: { image: 'j' } } });
  expect(Task.from(other, previous)).toBe(other);
  const secret = Secret.from({ id: 's', spec: { data: new Uint8Array([1, 2]) } });
  const replaced = Secret.from({ id: 's', spec: { data: new Uint8Array([3]), annotations: { name: 'n' } } });
  expect(Secret.from(replaced, secret)).toBe(replaced);
});

test('[O13] equal bytes are those of the object it replaces, others are copied', () => {
  const previous = Secret.from({ id: 's', spec: { data: new Uint8Array([1, 2]) } });
  const same = Secret.from({ id: 's', spec: { data: Buffer.from([1, 2]) } }, previous);
  expect(same).toBe(previous);
  const other = Secret.from({ id: 's', spec: { data: new Uint8Array([1, 3]) } }, previous);
  expect(other.spec.data).toEqual(new Uint8Array([1, 3]));
});

test('[O13] not-a-number equals itself, a missing member equals undefined, and a key that went is noticed', () => {
  const service = Service.from({
    id: 's',
    spec: { update: { maxFailureRatio: NaN }, annotations: { labels: { a: '1', b: '2' } } },
  });
  expect(Service.from({ id: 's', endpoint: undefined, spec: structuredClone(service.spec) }, service)).toBe(service);
  const fewer = Service.from({ ...service, spec: { ...service.spec, annotations: { labels: { a: '1' } } } }, service);
  expect(fewer.spec.annotations.labels).toEqual({ a: '1' });
  const without = Service.from({ ...service, spec: { ...service.spec, update: undefined } }, service);
  expect('update' in without.spec).toBe(false);
});

test('[O14] the bytes are in memory of their own', () => {
  const first = Task.encode({ id: 'first' });
  const second = Task.encode({ id: 'second' });
  expect(first.buffer.byteLength).toBe(first.byteLength);
  expect(Object.getPrototypeOf(first)).toBe(Uint8Array.prototype);
  expect(Task.decode(first).id).toBe('first');
  expect(Task.decode(second).id).toBe('second');
});
