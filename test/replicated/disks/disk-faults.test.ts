import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals';
import { all } from 'swarmstate';
import { openStore } from 'swarmstate/replicated';
import type { ReplicatedOptions, ReplicatedStore } from 'swarmstate/replicated';
import { hashOf } from '../cluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'swarmstate-disk-'));
const opened: ReplicatedStore[] = [];
const mounted: string[] = [];

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

afterAll(() => {
  for (const path of mounted) spawnSync('umount', ['--lazy', path]);
  rmSync(folder, { recursive: true, force: true });
});

async function open(path: string, options?: ReplicatedOptions): Promise<ReplicatedStore> {
  const store = await openStore(`lmdb:${path}`, options);
  opened.push(store);
  return store;
}

/** A small disk of its own; undefined where this process may not mount one. */
function smallDisk(name: string): string | undefined {
  const path = join(folder, name);
  mkdirSync(path);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path]).status !== 0) return undefined;
  mounted.push(path);
  return path;
}

/** Takes all room that is left on a disk. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  const block = new Uint8Array(4096);
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    closeSync(file);
  }
}

/** Resolves with the next event of a store's engine. */
function next(store: ReplicatedStore, event: 'stale' | 'live'): Promise<void> {
  return new Promise((resolve) => {
    store.on(event, () => resolve());
  });
}

const disk = smallDisk('full');
if (disk !== undefined) {
  test('[J54] a full disk keeps an update pending, refuses the next ones, and loses nothing when there is room again', async () => {
    const errors = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const store = await open(disk, { deadlineMs: 1200 });
    const labels = { text: 'x'.repeat(30_000) };
    const create = (number: number): Promise<unknown> =>
      store.update((tx) =>
        tx.nodes.create({ id: `n${number}`, spec: { annotations: { name: `n${number}`, labels } } }),
      );
    await create(0);
    fill(join(disk, 'filler'));
    const stale = next(store, 'stale');
    let count = 1;
    let pending = create(count);
    while ((await Promise.race([pending.then(() => 'done'), stale.then(() => 'stale')])) === 'done') {
      count += 1;
      pending = create(count);
    }
    await expect(create(count + 1)).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    expect(store.view((tx) => tx.nodes.count(all))).toBe(count);
    const live = next(store, 'live');
    rmSync(join(disk, 'filler'));
    await pending;
    await live;
    await create(count + 2);
    const hash = hashOf(store);
    await store.close();
    const again = await open(disk);
    expect(again.view((tx) => tx.nodes.count(all))).toBe(count + 2);
    expect(hashOf(again)).toBe(hash);
    errors.mockRestore();
  });

  test('[J54] a disk that is read-only is refused with its path', async () => {
    const path = smallDisk('read-only') as string;
    const store = await open(path);
    await store.update((tx) => tx.nodes.create({ id: 'n' }));
    await store.close();
    execFileSync('mount', ['-o', 'remount,ro', path]);
    const error = (await openStore(`lmdb:${path}`).catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    expect(error.message).toContain(path);
  });
} else {
  test('[J54] without the right to mount a disk, a full and a read-only one are left out', () => {
    expect(smallDisk('another')).toBe(undefined);
  });
}

describe('[J54] a damaged folder is refused with the file', () => {
  const faults: Readonly<Record<string, (file: string) => void>> = {
    'a file that is cut': (file) => truncateSync(file, 4096),
    'garbage in place of the database': (file) => writeFileSync(file, new Uint8Array(100_000).fill(7)),
    'text in place of the database': (file) => writeFileSync(file, 'not a database'),
  };
  test.each(Object.entries(faults))('[J54] %s', async (name, fault) => {
    const path = join(folder, name.replaceAll(' ', '-'));
    const store = await open(path);
    for (let number = 0; number < 20; number += 1) await store.update((tx) => tx.nodes.create({ id: `n${number}` }));
    await store.close();
    fault(join(path, 'data.mdb'));
    const error = (await openStore(`lmdb:${path}`).catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    expect(error.message).toContain(join(path, 'data.mdb'));
  });
});
