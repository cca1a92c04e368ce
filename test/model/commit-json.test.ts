import { expect, test } from '@jest/globals';
import { MemoryStore, codecs } from 'swarmstate';
import type { Commit as CommitType, Kind, StoreEvent as EventType } from 'swarmstate';
import * as proto from 'swarmstate/proto';
import { Commit, StoreEvent, StoreSnapshot, Task } from 'swarmstate/proto';
import type { JsonValue } from 'swarmstate/proto';
import { kinds } from '../../src/model/schema/kinds.ts';
import { hex, jsonCopy } from '../wire/support/codecs.ts';
import { refusal } from '../wire/support/refusal.ts';

/** The commits and events of a store of every kind, with bytes, 64-bit integers and payloads of unknown types. */
async function recorded(): Promise<{ source: MemoryStore; commits: CommitType[]; events: EventType[] }> {
  const source = new MemoryStore({ history: 10 });
  const watcher = source.watch();
  const eventWatcher = source.watch();
  await source.update((tx) => {
    for (const kind of kinds) if (kind !== 'resource' && kind !== 'volume') tx.table(kind).create({ id: 'a' });
    tx.volumes.create({ id: 'v', spec: { driver: { name: 'd' } } });
    tx.extensions.create({ id: 'e', annotations: { name: 'kind' } });
    tx.secrets.create({ id: 's', spec: { annotations: { name: 's' }, data: new Uint8Array([0, 255, 1]) } });
    tx.resources.create({ id: 'r', kind: 'kind', payload: { typeUrl: 'x/unknown', value: new Uint8Array([7]) } });
    tx.tasks.create({ id: 't', slot: 2n ** 60n, annotations: { labels: { ['__proto__']: 'x' } } });
  });
  await source.update((tx) => tx.secrets.modify('s', (draft) => void (draft.spec.data = new Uint8Array([9]))));
  await source.update((tx) => {
    tx.tasks.delete('t');
    tx.nodes.modify('a', (draft) => void (draft.spec.availability = 2));
  });
  await source.close();
  const commits: CommitType[] = [];
  for await (const commit of watcher.commits()) commits.push(commit);
  const events: EventType[] = [];
  for await (const event of eventWatcher) events.push(event);
  return { source, commits, events };
}

test('[O34] a commit passes through JSON text, and a copy that applies it has the same bytes', async () => {
  const { source, commits } = await recorded();
  expect(commits).toHaveLength(3);
  const copy = new MemoryStore({ history: 10 });
  for (const commit of commits) {
    const read = Commit.fromJson(JSON.parse(JSON.stringify(Commit.toJson(commit))) as JsonValue);
    expect(read).toEqual(commit);
    await copy.apply(read);
  }
  expect(hex(StoreSnapshot.encode(copy.save()))).toBe(hex(StoreSnapshot.encode(source.save())));
});

test('[O34] every event passes through JSON text, in every form', async () => {
  const { events } = await recorded();
  expect(events.map(({ action }) => action)).toEqual(expect.arrayContaining(['create', 'update', 'delete', 'commit']));
  for (const event of events) {
    expect(StoreEvent.fromJson(jsonCopy(StoreEvent.toJson(event)))).toEqual(event);
    const options = { names: 'original', enums: 'numbers' } as const;
    expect(StoreEvent.fromJson(jsonCopy(StoreEvent.toJson(event, options)))).toEqual(event);
  }
});

test('[O34] the JSON of a commit: version, reset, and events with objects in the form of their codecs', () => {
  const object = Task.from({ id: 't', serviceId: 's', desiredState: 512 });
  const commit: CommitType = {
    version: { index: 5 },
    reset: true,
    events: [
      { action: 'create', kind: 'task', object },
      { action: 'update', kind: 'task', object, oldObject: object },
      { action: 'update', kind: 'task', object },
    ],
  };
  const json = Task.toJson(object);
  expect(Commit.toJson(commit)).toEqual({
    version: { index: '5' },
    reset: true,
    events: [
      { action: 'create', kind: 'task', object: json },
      { action: 'update', kind: 'task', object: json, oldObject: json },
      { action: 'update', kind: 'task', object: json },
    ],
  });
  expect(Commit.toJson(commit, { names: 'original' })).toMatchObject({
    events: [{ object: { service_id: 's' } }, {}, {}],
  });
  expect(Commit.fromJson(jsonCopy(Commit.toJson(commit)))).toEqual(commit);
  expect(StoreEvent.toJson({ action: 'commit', version: { index: 5 } })).toEqual({
    action: 'commit',
    version: { index: '5' },
  });
  expect(StoreEvent.fromJson({ action: 'commit', version: null })).toEqual({ action: 'commit' });
  const read = Commit.fromJson({ version: { index: 5 }, events: [{ action: 'delete', kind: 'task', object: json }] });
  expect(Object.isFrozen(read) && Object.isFrozen(read.events) && Object.isFrozen(read.events[0])).toBe(true);
  expect(Task.from(read.events[0]?.object as Task)).toBe(read.events[0]?.object);
});

test.each<[unknown, readonly (string | number)[]]>([
  [null, []],
  [[], []],
  [{}, ['events']],
  [{ events: {} }, ['events']],
  [{ events: [], extra: 1 }, ['extra']],
  [{ events: [], reset: false }, ['reset']],
  [{ events: [], version: 5 }, ['version']],
  [{ events: [], version: { index: -1 } }, ['version', 'index']],
  [{ events: [null] }, ['events', 0]],
  [{ events: [{ action: 'commit' }] }, ['events', 0, 'action']],
  [{ events: [{ action: 'create', kind: 'toString', object: {} }] }, ['events', 0, 'kind']],
  [{ events: [{ action: 'create', kind: 'task' }] }, ['events', 0, 'object']],
  [{ events: [{ action: 'delete', kind: 'task', object: {}, oldObject: {} }] }, ['events', 0, 'oldObject']],
  [{ events: [{ action: 'create', kind: 'task', object: { slot: true } }] }, ['events', 0, 'object', 'slot']],
  [{ events: [{ action: 'create', kind: 'task', object: {}, extra: 1 }] }, ['events', 0, 'extra']],
])('[O34] %j is no commit', (json, path) => {
  expect(refusal('ERR_INVALID_OBJECT', () => Commit.fromJson(json as JsonValue)).path).toEqual(path);
  expect(refusal('ERR_INVALID_OBJECT', () => Commit.toJson(json as CommitType)).path).toEqual(path);
});

test('[O34][C11] unknown options and values that are no events are refused', () => {
  expect(refusal('ERR_INVALID_OBJECT', () => Commit.toJson({ events: [] }, { x: 1 } as never)).path).toEqual(['x']);
  expect(refusal('ERR_INVALID_OBJECT', () => StoreEvent.fromJson(null)).path).toEqual([]);
  expect(refusal('ERR_INVALID_OBJECT', () => StoreEvent.toJson(undefined as never)).path).toEqual([]);
  expect(refusal('ERR_INVALID_OBJECT', () => StoreEvent.fromJson({ action: 'commit', x: 1 })).path).toEqual(['x']);
});

test('[O35] codecs has the codec of every kind, the same in both entries', () => {
  expect(Object.keys(codecs)).toEqual(kinds);
  expect(codecs).toBe(proto.codecs);
  expect(Object.isFrozen(codecs)).toBe(true);
  for (const kind of kinds) {
    const exported = `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}` as keyof typeof proto;
    expect(codecs[kind]).toBe(proto[exported]);
  }
  const json = <K extends Kind>(kind: K): JsonValue => codecs[kind].toJson(codecs[kind].decode(new Uint8Array(0)));
  expect(json('task')).toEqual(Task.toJson({}));
});
