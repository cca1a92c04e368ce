import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';

const folder = mkdtempSync(join(tmpdir(), 'swarmstate-kv-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString();

/** Runs a program in another process, with `kv` open on a folder. Resolves to the exit code. */
async function inProcess(path: string, program: string): Promise<number | null> {
  const source = `import { createStore } from './src/kv.ts';
    const kv = await createStore('lmdb', [${JSON.stringify(path)}]);
    ${program}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', source], {
    cwd: join(__dirname, '../..'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

test('[Q21] lastIndex goes on when a folder of lmdb is opened again', async () => {
  const path = join(folder, 'again');
  const first = await createStore('lmdb', [path]);
  const old = await first.put('a', '1');
  await first.delete('a');
  await first.close();
  const second = await createStore('lmdb', [path]);
  const created = await second.put('a', '1');
  expect(created.lastIndex).toBeGreaterThan(old.lastIndex);
  await expect(second.atomicPut('a', '2', old)).rejects.toMatchObject({ code: 'ERR_KV_KEY_MODIFIED' });
  await second.close();
});

test('[Q21] stores of one process share a folder of lmdb, and can close and open it in any order', async () => {
  const path = join(folder, 'shared');
  const [one, two] = [await createStore('lmdb', [path]), await createStore('lmdb', [join(path, '.')])];
  await one.put('a', '1');
  await one.close();
  expect(text((await two.get('a')).value)).toBe('1');
  await two.put('a', '2');
  // Opens it twice while it is closing.
  const closing = two.close();
  const [three, four] = await Promise.all([createStore('lmdb', [path]), createStore('lmdb', [path]), closing]);
  await three.put('a', '3');
  expect(text((await four.get('a')).value)).toBe('3');
  await three.close();
  await four.close();
  await four.close();
});

test('[Q22] a watch on lmdb, and a read after it, see the write of another process', async () => {
  const path = join(folder, 'processes');
  const kv = await createStore('lmdb', [path], { pollMs: 10 });
  const watcher = kv.watchTree('from');
  expect((await watcher.next()).value).toEqual([]);
  const ended = inProcess(path, `await kv.put('from/there', 'hello'); await kv.close();`);
  const listing = (await watcher.next()).value;
  expect(text(listing?.[0]?.value)).toBe('hello');
  expect(text((await kv.get('from/there')).value)).toBe('hello');
  expect(await ended).toBe(0);
  watcher.close();
  await kv.close();
}, 30_000);

test('[Q22] two processes that count on lmdb lose no update, and a resolved write survives SIGKILL', async () => {
  const path = join(folder, 'counter');
  const kv = await createStore('lmdb', [path]);
  await kv.put('count', '0');
  const count = `const { isKvError } = await import('./src/kv.ts');
    for (let number = 0; number < 20; ) {
      const pair = await kv.get('count');
      const value = String(Number(new TextDecoder().decode(pair.value)) + 1);
      await kv.atomicPut('count', value, pair).then(() => number++, (error) => { if (!isKvError(error, 'ERR_KV_KEY_MODIFIED')) throw error; });
    }
    process.kill(process.pid, 'SIGKILL');`;
  await Promise.all([inProcess(path, count), inProcess(path, count)]);
  expect(text((await kv.get('count')).value)).toBe('40');
  await kv.close();
}, 60_000);

test('[Q22] the key of a killed process on lmdb expires, and a watch in another process tells it', async () => {
  const path = join(folder, 'expiry');
  const kv = await createStore('lmdb', [path], { pollMs: 10 });
  const watcher = kv.watch('left');
  const ended = inProcess(path, `await kv.put('left', 'x', { ttl: 300 }); process.kill(process.pid, 'SIGKILL');`);
  expect((await watcher.next()).value?.type).toBe('put');
  expect((await watcher.next()).value?.type).toBe('delete');
  await ended;
  await kv.close();
}, 30_000);
