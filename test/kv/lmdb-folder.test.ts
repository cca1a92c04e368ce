import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import { holdDatabase } from '../../src/kv/lmdb/shared-handles.ts';
import type { LmdbDatabase, LmdbModule } from '../../src/kv/lmdb/access/client.ts';

const folder = mkdtempSync(join(tmpdir(), 'swarmstate-kv-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString();

test('[Q55] a folder of lmdb that was made anew is noticed, and the new one opens beside the old store', async () => {
  const path = join(folder, 'anew');
  const old = await createStore('lmdb', [path], { pollMs: 10 });
  await old.put('a', 'old');
  const watcher = old.watch('a');
  await watcher.next();
  rmSync(path, { recursive: true });
  await expect(old.put('a', 'lost')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  await expect(watcher.next()).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  mkdirSync(path);
  const fresh = await createStore('lmdb', [path]);
  expect(await fresh.exists('a')).toBe(false);
  await fresh.put('a', 'new');
  await expect(old.put('a', 'lost')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  await expect(old.get('a')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  await old.close();
  await fresh.close();
  const again = await createStore('lmdb', [path]);
  expect(text((await again.get('a')).value)).toBe('new');
  await again.close();
});

test('[Q55] a watch on lmdb, without any call, tells that its folder was deleted', async () => {
  const path = join(folder, 'watched');
  const kv = await createStore('lmdb', [path], { pollMs: 10 });
  const watcher = kv.watchTree('');
  await watcher.next();
  const ending = expect(watcher.next()).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  rmSync(path, { recursive: true });
  await ending;
  await kv.close();
});

test('[Q55] a folder of lmdb that was moved is shared under its new path, and the store goes on', async () => {
  const [here, there] = [join(folder, 'here'), join(folder, 'there')];
  const kv = await createStore('lmdb', [here]);
  await kv.put('a', '1');
  renameSync(here, there);
  await expect(kv.put('a', '2')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  const moved = await createStore('lmdb', [there]);
  await moved.put('a', '3');
  expect(text((await kv.get('a')).value)).toBe('3');
  await kv.close();
  await moved.put('a', '4');
  await moved.close();
});

test('[Q55] one file of lmdb that was deleted under an open store refuses a second store', async () => {
  for (const name of ['data.mdb', 'lock.mdb']) {
    const path = join(folder, name);
    const kv = await createStore('lmdb', [path]);
    rmSync(join(path, name));
    await expect(createStore('lmdb', [path])).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    await kv.close();
  }
});

test('[Q21] a folder of lmdb that is closing is opened again only when it is closed', async () => {
  const path = join(folder, 'reopened');
  const packageName: string = 'lmdb';
  const { open } = (await import(packageName)) as LmdbModule;
  let finish = (): void => undefined;
  const steps: string[] = [];
  const client: LmdbModule = {
    open(...given) {
      steps.push('opened');
      const real = open(...given);
      return new Proxy(real, {
        get(target, name: keyof LmdbDatabase) {
          const part: unknown = target[name];
          if (name !== 'close') return typeof part === 'function' ? (part.bind(real) as unknown) : part;
          return async () => {
            steps.push('closing');
            await new Promise<void>((resolve) => (finish = resolve));
            await real.close();
            steps.push('closed');
          };
        },
      });
    },
  };
  const first = await holdDatabase(client, path);
  const closing = first.release();
  const reopening = [holdDatabase(client, path), holdDatabase(client, path)];
  await new Promise(setImmediate);
  expect(steps).toEqual(['opened', 'closing']);
  finish();
  await closing;
  const [second, third] = await Promise.all(reopening);
  expect(steps).toEqual(['opened', 'closing', 'closed', 'opened']);
  expect(second!.database).toBe(third!.database);
  // Releasing twice counts once.
  await second!.release();
  await second!.release();
  expect(third!.database.read((access) => access.counter())).toBe(0n);
  const last = third!.release();
  await new Promise(setImmediate);
  finish();
  await last;
});
