import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';

const folder = mkdtempSync(join(tmpdir(), 'swarmstate-kv-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const quick = { durability: 'process' };

test('[Q95] a resolved write to lmdb of durability process survives SIGKILL, other processes are told', async () => {
  const path = join(folder, 'killed');
  const kv = await createStore('lmdb', [path], quick);
  expect(kv.durability).toBe('process');
  const changes = kv.changes('');
  await changes.started;
  const source = `import { createStore } from './src/kv.ts';
    const kv = await createStore('lmdb', [${JSON.stringify(path)}], ${JSON.stringify(quick)});
    for (let number = 0; number < 50; number++) await kv.put('k/' + number, String(number));
    process.kill(process.pid, 'SIGKILL');`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', source], {
    cwd: join(__dirname, '../..'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exit = once(child, 'exit');
  for (let number = 0; number < 50; number++) expect((await changes.next()).value?.key).toBe(`k/${number}`);
  expect(await exit).toEqual([null, 'SIGKILL']);
  const { lastIndex } = await kv.atomicPut('k/0', 'x', await kv.get('k/0'));
  expect(lastIndex).toBe(51n);
  await kv.close();
  const again = await createStore('lmdb', [path]);
  expect([again.durability, (await again.list('k')).length]).toEqual(['process', 50]);
  await again.close();
}, 30_000);

test('[Q95] a folder of lmdb keeps the durability that it was made with, and another one is refused', async () => {
  const refused = { code: 'ERR_KV_INVALID_ARGUMENT', argument: 'durability' };
  for (const [made, other] of [
    ['disk', 'process'],
    ['process', 'disk'],
  ]) {
    const path = join(folder, made!);
    const kv = await createStore('lmdb', [path], { durability: made });
    await kv.put('a', 'x');
    await expect(createStore('lmdb', [path], { durability: other })).rejects.toMatchObject(refused);
    expect(kv.durability).toBe(made);
    await kv.put('a', 'y');
    await kv.close();
    await expect(createStore('lmdb', [path], { durability: other })).rejects.toMatchObject(refused);
    const again = await createStore('lmdb', [path]);
    expect(again.durability).toBe(made);
    await again.close();
  }
  await expect(createStore('lmdb', [join(folder, 'x')], { durability: 'none' })).rejects.toMatchObject(refused);
});
