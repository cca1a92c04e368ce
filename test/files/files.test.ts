import { spawnSync } from 'node:child_process';
import type * as files from 'node:fs';
import type * as promises from 'node:fs/promises';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { restoreFromFile, saveToFile } from 'swarmstate/files';
import { StoreSnapshot } from 'swarmstate/proto';
import { createNode, nodeIds, rejected } from '../support/store-helpers.ts';

type FileSystem = Pick<typeof promises, 'open' | 'rename'>;

// The module itself, not a copy of its exports: what is planted here is seen by the sources.
const fileSystem = jest.requireActual<FileSystem>('node:fs/promises');

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'swarmstate-files-'));
  path = join(folder, 'state.snapshot');
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

async function storeOf(...ids: readonly string[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const id of ids) await createNode(store, id);
  return store;
}

async function restored(): Promise<string[]> {
  const store = new MemoryStore();
  await restoreFromFile(store, path);
  return nodeIds(store);
}

describe('saveToFile and restoreFromFile', () => {
  test('[S36] write a file with mode 0600 and nothing beside it, and read it back', async () => {
    await saveToFile(await storeOf('a', 'b'), path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['state.snapshot']);
    expect(await restored()).toEqual(['a', 'b']);
    await saveToFile(await storeOf('c'), path);
    expect(await restored()).toEqual(['c']);
  });

  test('[S36] a symbolic link stays a link', async () => {
    await mkdir(join(folder, 'data'));
    await writeFile(join(folder, 'data', 'real'), '');
    await symlink(join('data', 'real'), path);
    await saveToFile(await storeOf('a'), path);
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(await restored()).toEqual(['a']);
  });

  test('[S40] a call that is refused before it reads opens no file', async () => {
    const opened = jest.spyOn(jest.requireActual<typeof files>('node:fs'), 'createReadStream');
    const closed = new MemoryStore();
    await closed.close();
    await rejected(restoreFromFile(closed, path), 'ERR_STORE_CLOSED');
    await rejected(restoreFromFile(new MemoryStore(), path, { nonsense: 1 } as never), 'ERR_INVALID_OBJECT');
    const signal = AbortSignal.abort(new Error('never mind'));
    await expect(restoreFromFile(new MemoryStore(), path, { signal })).rejects.toThrow('never mind');
    expect(opened).not.toHaveBeenCalled();
    await expect(restoreFromFile(new MemoryStore(), path)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(opened).toHaveBeenCalledTimes(1);
  });

  test('[S36] errors name the file, and leave the store as it was', async () => {
    const store = await storeOf('kept');
    await expect(restoreFromFile(store, path)).rejects.toMatchObject({ code: 'ENOENT', path });
    await expect(saveToFile(store, join(folder, 'missing', 'file'))).rejects.toMatchObject({ code: 'ENOENT' });
    await saveToFile(await storeOf('a'), path);
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, -1));
    expect((await rejected(restoreFromFile(store, path), 'ERR_INCOMPLETE_SNAPSHOT')).message).toContain(path);
    await writeFile(path, StoreSnapshot.encode({ nodes: [{ id: 'plain' }] }));
    await rejected(restoreFromFile(store, path), 'ERR_INCOMPLETE_SNAPSHOT');
    expect(nodeIds(store)).toEqual(['kept']);
    await restoreFromFile(store, path, { sealed: false });
    expect(nodeIds(store)).toEqual(['plain']);
  });
});

describe('an old file survives every failure of saveToFile', () => {
  const failure = Object.assign(new Error('planted'), { code: 'EIO' });

  async function survives(save: () => Promise<void>): Promise<void> {
    await expect(save()).rejects.toThrow();
    jest.restoreAllMocks();
    expect(await readdir(folder)).toEqual(['state.snapshot']);
    expect(await restored()).toEqual(['old']);
  }

  beforeEach(async () => {
    await saveToFile(await storeOf('old'), path);
  });

  test.each(['open', 'rename'] as const)('[S37] %s fails', async (step) => {
    const store = await storeOf('new');
    jest.spyOn(fileSystem, step).mockRejectedValueOnce(failure);
    await survives(() => saveToFile(store, path));
  });

  test.each(['sync', 'close', 'write'] as const)('[S37] %s of the temporary file fails', async (step) => {
    const store = await storeOf('new');
    const { open } = fileSystem;
    jest.spyOn(fileSystem, 'open').mockImplementationOnce(async (...given) => {
      const handle = await open(...given);
      const close = handle.close.bind(handle);
      return Object.defineProperty(handle, step, {
        value: async () => {
          // Closing really closes, so that nothing is left open.
          if (step === 'close') await close();
          throw failure;
        },
      });
    });
    await survives(() => saveToFile(store, path));
  });

  test('[S37] the store’s stream fails, and its signal aborts', async () => {
    const store = await storeOf('new');
    const fail = (): never => {
      throw failure;
    };
    await survives(() => saveToFile(store, path, { onProgress: fail }));
    await survives(() => saveToFile(store, path, { signal: AbortSignal.abort(failure) }));
  });

  test('[S37] the disk is full', async () => {
    // A limit of 64 KB for files stands for the disk: writing beyond it fails as it would on a full one.
    const program = `
      import { MemoryStore } from './src/index.ts';
      import { saveToFile } from './src/files.ts';
      process.on('SIGXFSZ', () => undefined);
      const store = new MemoryStore();
      await store.update((tx) => {
        for (let i = 0; i < 2000; i += 1) tx.nodes.create({ id: 'node-' + i, description: { hostname: 'x'.repeat(100) } });
      });
      await saveToFile(store, ${JSON.stringify(path)}).then(
        () => console.log('saved'),
        (error) => console.log(error.code),
      );
    `;
    const ran = spawnSync(
      'bash',
      ['-c', `ulimit -f 64; exec "$0" --import tsx --input-type=module --eval "$1"`, process.execPath, program],
      {
        cwd: join(__dirname, '..', '..'),
        encoding: 'utf8',
        timeout: 60_000,
        env: { ...process.env, TSX_DISABLE_CACHE: '1' },
      },
    );
    expect(ran.stdout.trim()).toBe('EFBIG');
    expect(await readdir(folder)).toEqual(['state.snapshot']);
    expect(await restored()).toEqual(['old']);
  });

  test('[S37] a process is killed at any moment: the file is complete, the next save removes the rest', async () => {
    const program = `
      import { MemoryStore } from './src/index.ts';
      import { saveToFile } from './src/files.ts';
      const store = new MemoryStore();
      await store.update((tx) => {
        for (let i = 0; i < 3000; i += 1) tx.nodes.create({ id: 'node-' + i });
      });
      console.log('ready');
      for (;;) await saveToFile(store, ${JSON.stringify(path)});
    `;
    for (const delay of [0, 3, 7, 12, 20]) {
      const ran = spawnSync(
        'bash',
        [
          '-c',
          `exec 3< <(exec "$0" --import tsx --input-type=module --eval "$1" 2>/dev/null); pid=$!; ` +
            'read -r line <&3; sleep 0.0$2; kill -9 $pid; wait $pid 2>/dev/null; true',
          process.execPath,
          program,
          String(delay).padStart(2, '0'),
        ],
        { cwd: join(__dirname, '..', '..'), encoding: 'utf8', timeout: 60_000, env: process.env },
      );
      expect(ran.status).toBe(0);
      const ids = await restored();
      expect([1, 3000]).toContain(ids.length);
    }
    await saveToFile(await storeOf('old'), path);
    expect(await readdir(folder)).toEqual(['state.snapshot']);
  });

  test('[S37] temporary files of running processes and of other machines stay', async () => {
    const running = `.state.snapshot.${hostname()}.${String(process.pid)}.abc.tmp`;
    const foreign = '.state.snapshot.elsewhere.999999.abc.tmp';
    const dead = `.state.snapshot.${hostname()}.999999999.abc.tmp`;
    for (const name of [running, foreign, dead]) await writeFile(join(folder, name), '');
    await saveToFile(await storeOf('new'), path);
    expect((await readdir(folder)).sort()).toEqual([foreign, running, 'state.snapshot'].sort());
  });
});
