import { expect, test } from '@jest/globals';
import { isStoreError } from 'swarmstate';
import type { Commit } from 'swarmstate/proto';
import { tableNames } from '../../../src/model/schema/kinds.ts';
import { cluster, extension, node, resource, secret, service, task } from './support/changes.ts';
import { FakeSwarm, messageOf } from './support/fake-swarm.ts';
import type { FakeChange, FakeEntry } from './support/fake-swarm.ts';
import { commitsOf, listingOf, newMirror } from './support/mirrors.ts';

const texts = ({ events }: Pick<Commit, 'events'>): string[] =>
  events.map(({ action, kind, object }) => `${action} ${kind} ${object.id}`);

test('[G1] lists and the messages since before them give the contents of the swarm in one commit', async () => {
  const swarm = new FakeSwarm();
  swarm.commit([service('s1'), task('t1'), node('n1')]);
  const mirror = newMirror();
  const messages: FakeEntry[] = [];
  swarm.onEntry((entry) => messages.push(entry));
  const commits = await commitsOf(mirror, () => {
    let slot = 1;
    // Each list shows another moment, and the messages tell what happened between them.
    const listing = listingOf(swarm, () => swarm.commit([task('t1', ++slot), task(`t-${slot}`), service('s1', slot)]));
    swarm.commit([{ kind: 'task', remove: 't-3' }]);
    mirror.replace(
      listing,
      messages.map((entry) => messageOf(entry, 'follower')),
    );
  });
  expect(commits).toHaveLength(1);
  expect(commits[0]?.reset).toBe(true);
  for (const kind of ['task', 'service', 'node'] as const)
    expect(mirror.store.save()[tableNames[kind]]).toEqual([...swarm.rows(kind)].sort((a, b) => (a.id < b.id ? -1 : 1)));
});

test('[G3] each message is one numbered commit with its changes in order, and watchFrom replays them', async () => {
  const swarm = new FakeSwarm();
  swarm.commit([service('s1')]);
  const mirror = newMirror();
  mirror.replace(listingOf(swarm), []);
  const first = mirror.store.version?.index ?? 0;
  swarm.onEntry((entry) => mirror.take(messageOf(entry, 'follower')));
  swarm.commit([task('t2'), task('t1'), service('s1', 2)], { batch: true });
  swarm.commit([{ kind: 'task', remove: 't2' }]);
  // No change of the copy, no commit.
  mirror.take(messageOf(swarm.log[1]!, 'replay'));
  swarm.commit([task('t1', 2)], { batch: true });
  const watcher = await mirror.store.watchFrom({ index: first });
  const seen: string[] = [];
  for await (const commit of watcher.commits()) {
    const number = (commit.version?.index ?? 0) - first;
    seen.push(`${number}: ${texts(commit).join(', ')}`);
    if (number === 3) break;
  }
  expect(seen).toEqual([
    '1: create task t2, create task t1, update service s1',
    '2: delete task t2',
    '3: update task t1',
  ]);
});

test('[G3] swarm.index is the index that a message tells, or the one on which an object was based', () => {
  const swarm = new FakeSwarm(100);
  swarm.commit([service('s1')]);
  const mirror = newMirror();
  mirror.replace(listingOf(swarm), []);
  expect(mirror.index).toBeUndefined();
  mirror.take(messageOf(swarm.commit([task('t1')], { noise: 5 }), 'follower'));
  expect(mirror.index).toBe(106);
  mirror.take(messageOf(swarm.commit([task('t1', 2)]), 'leader'));
  expect(mirror.index).toBe(108);
  mirror.take(messageOf(swarm.commit([{ kind: 'task', remove: 't1' }], { batch: true }), 'leader'));
  expect(mirror.index).toBe(108);
});

test('[G4] contents listed again are one least difference, marked reset, or nothing where all is equal', async () => {
  const swarm = new FakeSwarm();
  swarm.commit([service('s1'), task('t1'), task('t2'), node('n1'), secret('k1', 'x')]);
  const mirror = newMirror();
  const commits = await commitsOf(mirror, () => {
    mirror.replace(listingOf(swarm), []);
    mirror.replace(listingOf(swarm), []);
    swarm.commit([task('t1', 2), { kind: 'task', remove: 't2' }, task('t3')]);
    mirror.replace(listingOf(swarm), []);
  });
  expect(commits.map(({ reset }) => reset)).toEqual([true, true]);
  expect(texts(commits[1]!).sort()).toEqual(['create task t3', 'delete task t2', 'update task t1']);
});

test('[G4] watchFrom a version before contents listed again or beyond the history is ERR_LOG_COMPACTED', async () => {
  const swarm = new FakeSwarm();
  const mirror = newMirror(true, 3);
  mirror.replace(listingOf(swarm), []);
  const first = { index: mirror.store.version?.index ?? 0 };
  swarm.commit([task('t0')]);
  mirror.replace(listingOf(swarm), []);
  const compacted = (error: unknown): boolean => isStoreError(error, 'ERR_LOG_COMPACTED');
  const refused = async (version: { readonly index: number }): Promise<boolean> => {
    const watcher = await mirror.store.watchFrom(version).catch((error: unknown) => error);
    if (compacted(watcher)) return true;
    const reader = (watcher as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    return reader.next().then(() => false, compacted);
  };
  expect(await refused(first)).toBe(true);
  const start = mirror.store.version?.index ?? 0;
  for (let slot = 1; slot <= 6; slot++) mirror.take(messageOf(swarm.commit([task('t1', slot)]), 'leader'));
  expect(await refused({ index: start })).toBe(true);
  expect(await refused({ index: start + 3 })).toBe(false);
});

test('[G9] secrets of lists and messages are emptied before they enter the store; redact: false keeps them', () => {
  for (const redaction of [true, false]) {
    const swarm = new FakeSwarm();
    swarm.commit([cluster('c1', 'canary-1'), secret('k1', 'canary-2')]);
    const mirror = newMirror(redaction);
    mirror.replace(listingOf(swarm), []);
    mirror.take(messageOf(swarm.commit([secret('k1', 'canary-3'), cluster('c1', 'canary-4')]), 'leader'));
    const { secrets, clusters } = mirror.store.save();
    const texts = [secrets[0]?.spec.data, clusters[0]?.rootCa.caKey].map((bytes) =>
      Buffer.from(bytes ?? []).toString(),
    );
    expect(texts).toEqual(redaction ? ['', ''] : ['canary-3', 'canary-4']);
    expect(clusters[0]?.encryptionKeyLamportClock).toBe(7);
  }
});

test('[G10] a list does not take away what a watch told: data, keys, secrets of swarmkit itself, extensions', () => {
  const swarm = new FakeSwarm();
  swarm.commit([cluster('c1')]);
  const mirror = newMirror(false);
  mirror.replace(listingOf(swarm), []);
  expect(mirror.store.save().clusters[0]?.encryptionKeyLamportClock).toBe(0);
  mirror.take(
    messageOf(swarm.commit([cluster('c1', 'k'), secret('k1', 'x'), secret('k2', 'y', true), extension('e')]), 'leader'),
  );
  const before = mirror.store.save();
  // The session asks for the extensions and secrets that no list has, one by one.
  const listing = listingOf(swarm);
  mirror.replace(
    { ...listing, extension: swarm.rows('extension'), secret: [...listing.secret, swarm.rows('secret')[1]!] },
    [],
  );
  expect(mirror.store.save()).toEqual(before);
  expect(before.clusters[0]?.encryptionKeyLamportClock).toBe(7);
  expect(before.secrets.map(({ spec }) => Buffer.from(spec.data).toString())).toEqual(['x', 'y']);
});

test('[G10] nodes come without managerStatus, which only a list has', () => {
  const swarm = new FakeSwarm();
  swarm.commit([node('n1')]);
  const mirror = newMirror();
  expect(swarm.list('node')[0]?.managerStatus).toBeDefined();
  mirror.replace(listingOf(swarm), []);
  expect(mirror.store.save().nodes[0]).toEqual(swarm.rows('node')[0]);
});

test('[G11] resources of an extension that no list has enter the store; extensions leave before them', async () => {
  const swarm = new FakeSwarm();
  const mirror = newMirror();
  const transactions: readonly (readonly FakeChange[])[] = [
    [resource('r1', 'unknown')],
    [resource('r1', 'unknown', 2)],
    [extension('later'), resource('r2', 'later')],
    [{ kind: 'extension', remove: 'extension-later' }],
    [{ kind: 'resource', remove: 'r2' }],
  ];
  const commits = await commitsOf(mirror, () => {
    mirror.replace(listingOf(swarm), []);
    for (const changes of transactions) mirror.take(messageOf(swarm.commit(changes), 'leader'));
  });
  expect(commits.map((commit) => texts(commit).join())).toEqual([
    '',
    'create resource r1',
    'update resource r1',
    'create extension extension-later,create resource r2',
    'delete extension extension-later',
    'delete resource r2',
  ]);
  expect([...mirror.resourceKinds()]).toEqual(['unknown']);
});

test('[G17] a listing is behind where one of its objects is older than the one that is known', () => {
  const swarm = new FakeSwarm();
  swarm.commit([task('t1')]);
  const old = listingOf(swarm);
  const mirror = newMirror();
  mirror.replace(old, []);
  expect(mirror.isBehind(old)).toBe(false);
  mirror.take(messageOf(swarm.commit([task('t1', 2)]), 'leader'));
  expect(mirror.isBehind(old)).toBe(true);
  expect(mirror.isBehind(listingOf(swarm))).toBe(false);
});
