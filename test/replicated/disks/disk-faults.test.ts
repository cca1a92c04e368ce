import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { openStore } from 'swarmstate/replicated';
import type { ReplicatedOptions, ReplicatedStore } from 'swarmstate/replicated';
import { bundleProgram } from '../processes/bundled.ts';
import type { FullDiskReport } from './full-disk.ts';

const run = promisify(execFile);

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

const disk = smallDisk('full');
if (disk !== undefined) {
  test('[J54] a full disk keeps an update pending, refuses the next ones, and loses nothing afterwards', async () => {
    const program = bundleProgram(join(__dirname, '../../..'), 'test/replicated/disks/full-disk.ts');
    const { stdout, stderr } = await run(process.execPath, [program.path, disk]).finally(program.remove);
    const report = JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) as FullDiskReport;
    expect(stderr).toContain('No space left on device');
    expect(report).toMatchObject({ full: 'ENOSPC', refused: 'ERR_UNAVAILABLE', shown: report.sent });
    expect(report.before.nodes).toBe(report.sent + 2);
    expect(report.after).toEqual(report.before);
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
