import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from '@jest/globals';
import { createStore, isKvError } from 'swarmstate/kv';

const folder = mkdtempSync(join(tmpdir(), 'swarmstate-kv-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('[Q100] a lock that a hundred wait for has one holder at a time, each in its turn', async () => {
  const kv = await createStore('memory');
  let holders = 0;
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 100 }, async (_, number) => {
      const lock = await kv.newLock('lock', { ttl: 60_000 });
      await lock.lock();
      expect(++holders).toBe(1);
      order.push(number);
      await new Promise(setImmediate);
      holders--;
      await lock.unlock();
    }),
  );
  expect(order).toEqual([...order.keys()]);
  await expect(kv.list('lock')).rejects.toMatchObject({ code: 'ERR_KV_KEY_NOT_FOUND' });
  const held = await (await kv.newLock('lock')).lock();
  const waiting = (await kv.newLock('lock')).lock();
  const closed = expect(waiting).rejects.toMatchObject({ code: 'ERR_KV_CLOSED' });
  await new Promise(setImmediate);
  await kv.close();
  await closed;
  expect(held.lost.aborted).toBe(false);
});

test('[Q101] a stopped process loses its lock to the next one; awake, it is told, its late write refused', async () => {
  const path = join(folder, 'stopped');
  const kv = await createStore('lmdb', [path], { timeoutMs: 60_000 });
  const source = `import { createStore } from './src/kv.ts';
    const kv = await createStore('lmdb', [${JSON.stringify(path)}]);
    const held = await (await kv.newLock('lock', { value: 'child', ttl: 900 })).lock();
    console.log('held');
    await new Promise((resolve) => held.lost.addEventListener('abort', resolve));
    const put = [{ type: 'put', key: 'written', value: 'late' }];
    await kv.transaction([held.condition], put).catch((error) => console.log(error.code));
    process.kill(process.pid, 'SIGKILL');`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', source], {
    cwd: join(__dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const output = text(child.stdout);
  while (!(await kv.list('lock', { limit: 1 })).some(({ value }) => Buffer.from(value).toString() === 'child')) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  // The child is stopped between two of its writes, or else this waits for it.
  await new Promise((resolve) => setTimeout(resolve, 100));
  child.kill('SIGSTOP');
  const held = await (await kv.newLock('lock', { ttl: 5000 })).lock();
  await kv.transaction([held.condition], [{ type: 'put', key: 'written', value: 'by the next' }]);
  child.kill('SIGCONT');
  expect(await exit).toEqual([null, 'SIGKILL']);
  expect(await output).toBe('held\nERR_KV_KEY_MODIFIED\n');
  expect(Buffer.from((await kv.get('written')).value).toString()).toBe('by the next');
  expect(held.lost.aborted).toBe(false);
  await kv.close();
}, 60_000);

test('[Q101] the lock of a killed process is free after its ttl', async () => {
  const path = join(folder, 'killed');
  const kv = await createStore('lmdb', [path]);
  const source = `import { createStore } from './src/kv.ts';
    const kv = await createStore('lmdb', [${JSON.stringify(path)}]);
    await (await kv.newLock('lock', { ttl: 1000 })).lock();
    process.kill(process.pid, 'SIGKILL');`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', source], {
    cwd: join(__dirname, '../..'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await once(child, 'exit');
  const [ticket] = await kv.list('lock').catch((error: unknown) => {
    if (isKvError(error, 'ERR_KV_KEY_NOT_FOUND')) return [];
    throw error;
  });
  const { token } = await (await kv.newLock('lock')).lock();
  expect(token).toBeGreaterThan(ticket?.lastIndex ?? 0n);
  await kv.close();
}, 60_000);
