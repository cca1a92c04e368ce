import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { MemoryStore, byTaskState, TaskState } from 'swarmstate';
import { restoreFromFile, saveToFile } from 'swarmstate/files';
import { codecs, StoreSnapshot } from 'swarmstate/proto';
import type { MessageCodec, StoreSnapshot as Contents } from 'swarmstate/proto';
import { openStore } from 'swarmstate/replicated';
import { readSwarmFolder } from 'swarmstate/swarm';
import type { SwarmFolder } from 'swarmstate/swarm';
import { snapshotFields } from '../../src/wire/generated/kinds.ts';
import type { Kind } from '../../src/wire/generated/kinds.ts';
import { Folders, fixtureNames, readFixture } from './support/fixtures.ts';
import type { ExpectedContents } from './support/fixtures.ts';

const folders = new Folders();
afterAll(() => {
  folders.remove();
});

async function read(name: string, tail: 'certain' | 'all' = 'certain'): Promise<SwarmFolder> {
  const { files, expected } = readFixture(name);
  return readSwarmFolder(folders.write(files), { unlockKey: expected.unlockKey, redact: false, tail });
}

/** The objects in the form in which the original's code tells of them. */
function objectsOf(contents: Contents): ExpectedContents['objects'] {
  const entries = (Object.keys(snapshotFields) as Kind[]).map((kind) => {
    const field = snapshotFields[kind];
    const codec = codecs[kind] as MessageCodec<object>;
    const objects = contents[field].map((object) => ({
      id: object.id,
      version: object.meta.version.index,
      sha256: createHash('sha256').update(codec.encode(object)).digest('hex'),
    }));
    return [field, objects] as const;
  });
  return Object.fromEntries(entries.filter(([, objects]) => objects.length > 0));
}

function withoutNames(objects: ExpectedContents['objects']): ExpectedContents['objects'] {
  return Object.fromEntries(
    Object.entries(objects).map(([field, list]) => [
      field,
      list.map(({ id, version, sha256 }) => ({ id, version, sha256 })).sort((a, b) => (a.id < b.id ? -1 : 1)),
    ]),
  );
}

test.each(fixtureNames)(
  '[D10] the folder %s gives the objects, versions and hashes that swarmkit gives',
  async (name) => {
    const { expected } = readFixture(name);
    const all = await read(name, 'all');
    expect(objectsOf(all.store.save())).toEqual(withoutNames(expected.all.objects));
    expect(all.indexes.applied).toBe(expected.all.applied);
    const certain = await read(name);
    expect(objectsOf(certain.store.save())).toEqual(withoutNames(expected.committed.objects ?? expected.all.objects));
    expect(certain.indexes.applied).toBe(expected.committed.applied);
    expect(certain.store.version?.index).toBe(expected.committed.applied);
  },
);

test.each(fixtureNames)(
  '[D11] the folder %s gives members, former members and every entry of its log',
  async (name) => {
    const { log } = readFixture(name).expected;
    const folder = await read(name);
    expect(folder.members.map(({ nodeId }) => nodeId)).toEqual(log.members);
    expect(folder.members.map(({ raftId }) => raftId.toString(16))).toContain(log.self.raftId);
    expect(folder.removed.map((raftId) => raftId.toString(16))).toEqual(log.removed);
    expect(folder.indexes).toMatchObject({ snapshot: log.snapshot?.index ?? 0, last: log.entries[1] });
    const indexes: number[] = [];
    for await (const { index, term, certain } of folder.log) {
      indexes.push(index);
      expect(term).toBeGreaterThan(0);
      expect(certain).toBe(index <= folder.indexes.certain);
    }
    const [first, last] = log.entries;
    expect(indexes).toEqual(Array.from({ length: last - first + 1 }, (_, position) => first + position));
  },
);

test.each(fixtureNames)('[D12] watchFrom on the folder %s replays the past of the swarm', async (name) => {
  const folder = await read(name);
  const { snapshot, applied } = folder.indexes;
  const { files, expected } = readFixture(name);
  const start = new Map([...files].filter(([path]) => !path.endsWith('.wal')));
  const copy = new MemoryStore({ history: 1000 });
  if (snapshot > 0) {
    const alone = await readSwarmFolder(folders.write(start), { unlockKey: expected.unlockKey, redact: false });
    await copy.restore(alone.store.save(), { version: { index: snapshot } });
  }
  const watcher = await folder.store.watchFrom({ index: snapshot });
  for await (const commit of watcher.commits()) {
    await copy.apply(commit);
    if (commit.version?.index === applied) break;
  }
  expect(copy.save()).toEqual(folder.store.save());
  if (snapshot > 0) {
    await expect(folder.store.watchFrom({ index: snapshot - 1 })).rejects.toMatchObject({
      code: 'ERR_LOG_COMPACTED',
      oldest: { index: snapshot },
    });
  }
});

test('[D13] reading writes, locks and repairs nothing, and works in a folder that cannot be written', async () => {
  for (const name of ['torn', 'dek-pending', 'legacy']) {
    const { files, expected } = readFixture(name);
    const path = folders.write(files);
    const before = listing(path);
    chmodSync(path, 0o555);
    await readSwarmFolder(path, { unlockKey: expected.unlockKey });
    expect(listing(path)).toEqual(before);
    chmodSync(path, 0o755);
  }
});

function listing(path: string): unknown {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { size, mtimeMs, mode } = statSync(join(path, name));
      const isFile = statSync(join(path, name)).isFile();
      return [name, size, mtimeMs, isFile ? mode : 0, isFile ? readFileSync(join(path, name), 'base64') : ''];
    });
}

test('[D14] the contents of a folder are the start of an ordinary store', async () => {
  const { store } = await read('volumes');
  const own = new MemoryStore();
  await own.restore(store.save());
  await own.update((tx) => tx.nodes.modify(store.save().nodes[0]?.id as string, (node) => void (node.role = 0)));
  const file = join(folders.root, 'swarm.snapshot');
  await saveToFile(store, file);
  const restored = new MemoryStore();
  await restoreFromFile(restored, file);
  expect(StoreSnapshot.encode(restored.save())).toEqual(StoreSnapshot.encode(store.save()));
  const shared = await openStore('memory:', { bootstrap: store.save() });
  expect(shared.save()).toEqual(store.save());
  await shared.close();
  expect(store.view((tx) => tx.tasks.count(byTaskState(TaskState.RUNNING)))).toBe(3);
});

test('[D15] secrets are emptied before objects enter store, log and replays, unless redact is false', async () => {
  const { files } = readFixture('plain');
  const path = folders.write(files);
  const open = await readSwarmFolder(path, { redact: false });
  const closed = await readSwarmFolder(path);
  const secrets = secretsOf(open.store.save());
  expect(secrets.length).toBeGreaterThan(5);
  const shown: Uint8Array[] = [StoreSnapshot.encode(closed.store.save())];
  for await (const { actions } of closed.log) {
    for (const action of actions) shown.push(Buffer.from(JSON.stringify(action, bytesAsText)));
  }
  const watcher = await closed.store.watchFrom({ index: 0 });
  for await (const { version, events } of watcher.commits()) {
    shown.push(Buffer.from(JSON.stringify(events, bytesAsText)));
    if (version?.index === closed.indexes.applied) break;
  }
  for (const secret of secrets) {
    expect(Buffer.from(StoreSnapshot.encode(open.store.save())).includes(secret)).toBe(true);
    for (const bytes of shown) expect(Buffer.from(bytes).includes(secret)).toBe(false);
  }
});

function bytesAsText(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
}

function secretsOf({ clusters, secrets }: Contents): Buffer[] {
  return [
    ...secrets.map(({ spec }) => spec.data),
    ...clusters.flatMap(({ rootCa, networkBootstrapKeys, unlockKeys }) => [
      rootCa.caKey,
      Buffer.from(rootCa.joinTokens.worker),
      Buffer.from(rootCa.joinTokens.manager),
      ...networkBootstrapKeys.map(({ key }) => key),
      ...unlockKeys.map(({ key }) => key),
    ]),
  ]
    .map((bytes) => Buffer.from(bytes))
    .filter((bytes) => bytes.length > 0);
}
