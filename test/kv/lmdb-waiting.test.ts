import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';

const root = join(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'swarmstate-kv-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a module in another process, up to the first line that the module writes. */
async function started(source: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', source], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

/** A process that is stopped while it holds the write lock of a folder. */
function stoppedWriter(path: string): Promise<ChildProcess> {
  return started(`import { open } from 'lmdb';
    const options = { encoding: 'binary', keyEncoding: 'binary', noSubdir: false, overlappingSync: false };
    const database = open(${JSON.stringify(path)}, options);
    database.transactionSync(() => { console.log('held'); process.kill(process.pid, 'SIGSTOP'); });
    await database.close();`);
}

test('[Q96] a write to lmdb gives up in time while a stopped process holds the write lock; reads go on', async () => {
  const path = join(folder, 'stopped');
  const kv = await createStore('lmdb', [path], { timeoutMs: 300 });
  const { lastIndex } = await kv.put('a', 'before');
  const changes = kv.changes('');
  await changes.started;
  const stopped = await stoppedWriter(path);
  const began = performance.now();
  const refused = { code: 'ERR_KV_NOT_REACHABLE', backend: 'lmdb' };
  await Promise.all(
    [
      kv.put('a', 'late'),
      kv.atomicPut('b', 'late', undefined),
      kv.delete('a'),
      kv.deleteTree(''),
      kv.deleteRange('', { after: 'a' }),
    ].map((call) => expect(call).rejects.toMatchObject(refused)),
  );
  expect(performance.now() - began).toBeLessThan(5000);
  expect((await kv.get('a')).lastIndex).toBe(lastIndex);
  stopped.kill('SIGCONT');
  // A write that was given up never happens, and this one comes behind them all.
  let next: bigint | undefined;
  while (next === undefined) {
    next = await kv.put('a', 'after').then(
      (pair) => pair.lastIndex,
      () => undefined,
    );
  }
  expect(next).toBe(lastIndex + 1n);
  expect((await changes.next()).value?.revision).toBe(next);
  await kv.close();
}, 60_000);

test('[Q96] close of lmdb does not wait for ever for a write that waits for a stopped process', async () => {
  const path = join(folder, 'closing');
  const kv = await createStore('lmdb', [path], { timeoutMs: 300 });
  const stopped = await stoppedWriter(path);
  await expect(kv.put('a', 'x')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  await expect(kv.close()).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE', backend: 'lmdb' });
  stopped.kill('SIGCONT');
  // The folder is closed behind that, and can be opened again.
  const again = await createStore('lmdb', [path]);
  expect(await again.exists('a')).toBe(false);
  await again.put('a', 'x');
  await again.close();
}, 60_000);

test('[Q97] a write of another process on lmdb is told without waiting for the next poll', async () => {
  const path = join(folder, 'notices');
  const kv = await createStore('lmdb', [path], { pollMs: 60_000 });
  const changes = kv.changes('from');
  const [tree, single] = [kv.watchTree('from'), kv.watch('from/x')];
  await changes.started;
  await tree.next();
  await started(`import { createStore } from './src/kv.ts';
    const kv = await createStore('lmdb', [${JSON.stringify(path)}]);
    for (let number = 0; number < 20; number++) {
      await kv.put('from/x', String(number));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    console.log('done');
    await kv.close();`);
  for (let number = 0; number < 20; number++) {
    expect(Buffer.from((await changes.next()).value!.pair!.value).toString()).toBe(String(number));
  }
  let value: Uint8Array | undefined;
  while (Buffer.from(value ?? []).toString() !== '19') value = (await single.next()).value?.pair?.value;
  await kv.close();
}, 30_000);

const filesOf = (path: string): unknown =>
  readdirSync(path).map((name) => [name, name === 'data.mdb' ? statSync(join(path, name)).mtimeMs : undefined]);

/** All calls that write. Each must reject with `ERR_KV_READ_ONLY`. */
async function refusesWrites(kv: KvStore): Promise<void> {
  const pair = await kv.get('a');
  for (const call of [
    kv.put('b', 'x'),
    kv.delete('a'),
    kv.atomicPut('a', 'y', pair),
    kv.atomicDelete('a', pair),
    kv.transaction([], []),
    kv.deleteTree(''),
    kv.deleteRange(''),
  ]) {
    await expect(call).rejects.toMatchObject({ code: 'ERR_KV_READ_ONLY', backend: 'lmdb' });
  }
  expect(() => kv.keepAlive(pair, { ttl: 1000 })).toThrow(expect.objectContaining({ code: 'ERR_KV_READ_ONLY' }));
}

test('[Q94] a readOnly store writes nothing, deletes no expired key, and sees the writes of others', async () => {
  const path = join(folder, 'read-only');
  const writer = await createStore('lmdb', [path]);
  await writer.put('a', 'x');
  await writer.put('short', 'x', { ttl: 1 });
  await writer.close();
  const before = filesOf(path);
  const kv = await createStore('lmdb', [path], { readOnly: true });
  expect(kv.readOnly).toBe(true);
  await refusesWrites(kv);
  expect((await kv.list('')).map(({ key }) => key)).toEqual(['a']);
  // Longer than a round that deletes expired keys.
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(filesOf(path)).toEqual(before);
  const revision = (await kv.read([])).revision;
  const changes = kv.changes('', { from: revision });
  await changes.started;
  await expect(createStore('lmdb', [path])).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  await started(`import { createStore } from './src/kv.ts';
    const kv = await createStore('lmdb', [${JSON.stringify(path)}]);
    await kv.put('b', 'y');
    console.log('done');
    await kv.close();`);
  let told = (await changes.next()).value;
  while (told?.type === 'delete') told = (await changes.next()).value;
  expect(told?.key).toBe('b');
  await kv.close();
  // In a process that has the folder open for writing, a store to read only shares it.
  const [shared, reader] = [await createStore('lmdb', [path]), await createStore('lmdb', [path], { readOnly: true })];
  await shared.put('a', 'z');
  await refusesWrites(reader);
  await reader.close();
  await shared.close();
}, 30_000);

test('[Q94] opening to read only makes no folder and no file', async () => {
  const path = join(folder, 'missing');
  const readOnly = { readOnly: true };
  await expect(createStore('lmdb', [path], readOnly)).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  expect(() => statSync(path)).toThrow();
  mkdirSync(path);
  await expect(createStore('lmdb', [path], readOnly)).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  copyFileSync(join(folder, 'read-only', 'data.mdb'), join(path, 'data.mdb'));
  await expect(createStore('lmdb', [path], readOnly)).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  expect(readdirSync(path)).toEqual(['data.mdb']);
  await expect(createStore('lmdb', [path], { readOnly: 1 })).rejects.toMatchObject({
    code: 'ERR_KV_INVALID_ARGUMENT',
    argument: 'readOnly',
  });
  const kv = await createStore('memory', [], readOnly);
  await expect(kv.put('a', 'x')).rejects.toMatchObject({ code: 'ERR_KV_READ_ONLY', operation: 'transaction' });
  await kv.close();
});
