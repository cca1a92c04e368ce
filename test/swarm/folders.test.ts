import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { readSwarmFolder } from 'swarmstate/swarm';
import { afterCollections } from '../support/garbage.ts';
import { fileOf, Folders, readFixture } from './support/fixtures.ts';
import { FolderWriter } from './support/folder-writer.ts';
import { countOf, failure, logTo, node, one } from './support/node-logs.ts';

const folders = new Folders();
afterAll(() => {
  folders.remove();
});

describe('what is no folder of a manager', () => {
  test('[D21] the error says what the folder is, and what to read instead', async () => {
    const { root } = folders;
    expect((await failure('ERR_FOLDER_NOT_FOUND', join(root, 'nothing'))).message).toContain('there is no folder');
    const docker = mkdtempSync(join(root, 'docker-'));
    mkdirSync(join(docker, 'swarm', 'raft'), { recursive: true });
    expect((await failure('ERR_FOLDER_NOT_FOUND', docker)).message).toContain(join(docker, 'swarm'));
    expect((await failure('ERR_FOLDER_NOT_FOUND', join(docker, 'swarm'))).message).toContain('never started');
    const worker = mkdtempSync(join(root, 'worker-'));
    mkdirSync(join(worker, 'certificates'));
    expect((await failure('ERR_FOLDER_NOT_FOUND', worker)).message).toContain('worker');
    const left = mkdtempSync(join(root, 'left-'));
    expect((await failure('ERR_FOLDER_NOT_FOUND', left)).message).toContain('left the swarm');
    const inner = mkdtempSync(join(root, 'inner-'));
    mkdirSync(join(inner, 'wal-v3-encrypted'));
    expect((await failure('ERR_FOLDER_NOT_FOUND', inner)).message).toContain('around it');
  });

  test('[D21] files that the system does not let read are an error with its reason', async () => {
    const files = logTo(3).files();
    files.delete('certificates/swarm-node.key');
    const path = folders.write(files);
    mkdirSync(join(path, 'certificates', 'swarm-node.key'), { recursive: true });
    expect(await failure('ERR_FOLDER_UNREADABLE', path)).toMatchObject({
      file: join(path, 'certificates', 'swarm-node.key'),
      cause: { code: 'EISDIR' },
    });
  });

  test('[D21] wrong arguments are refused by name', async () => {
    const path = folders.write(logTo(2).files());
    for (const [argument, call] of [
      ['path', () => readSwarmFolder([])],
      ['path', () => readSwarmFolder('')],
      ['unlockkey', () => readSwarmFolder(path, { unlockkey: 'x' } as object)],
      ['tail', () => readSwarmFolder(path, { tail: 'some' as 'all' })],
      ['redact', () => readSwarmFolder(path, { redact: 'yes' as 'strict' })],
    ] as const) {
      await expect(call()).rejects.toMatchObject({ code: 'ERR_FOLDER_INVALID_ARGUMENT', argument });
    }
    const reason = new Error('no longer wanted');
    await expect(readSwarmFolder(path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('[D21] an encrypted folder without the package that decrypts is an error that names it', async () => {
    jest.resetModules();
    jest.doMock('@noble/ciphers/salsa.js', () => {
      throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    });
    try {
      const fresh = await import('../../src/swarm.ts');
      await expect(fresh.readSwarmFolder(folders.write(logTo(2).files()))).rejects.toMatchObject({
        code: 'ERR_FOLDER_CIPHER_MISSING',
        packageName: '@noble/ciphers',
        message: expect.stringContaining('npm install @noble/ciphers') as unknown,
      });
      // Folders in FIPS mode and old ones do without.
      for (const name of ['fernet', 'legacy']) {
        expect((await fresh.readSwarmFolder(folders.write(readFixture(name).files))).indexes.applied).toBeGreaterThan(
          1,
        );
      }
    } finally {
      jest.dontMock('@noble/ciphers/salsa.js');
      jest.resetModules();
    }
  });
});

describe('snapshots', () => {
  const nodes = (count: number): { readonly id: string }[] =>
    Array.from({ length: count }, (_, position) => ({ id: `n${position + 2}` }));

  test('[D23] the log is read from the file on that continues the snapshot', async () => {
    const writer = logTo(3)
      .mark(3, 2)
      .cut(4, 2, 3)
      .snapshot(2, 3, { nodes: nodes(2) }, [one])
      .dropBefore(1);
    const folder = await readSwarmFolder(folders.write(writer.entry(2, 4, node('n4')).state(2, 4).files()));
    expect(countOf(folder)).toBe(3);
    expect(folder.indexes).toEqual({ snapshot: 3, certain: 4, applied: 4, last: 4 });
    expect(folder.warnings).toEqual([]);
  });

  test('[D23] a damaged snapshot is passed over where the log has all of it, and is an error where not', async () => {
    const damage = (writer: FolderWriter): Map<string, Buffer> => {
      const files = writer.files();
      const [path, bytes] = fileOf({ files }, '.snap');
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
      return files.set(path, bytes);
    };
    const whole = logTo(3)
      .mark(3, 2)
      .snapshot(2, 3, { nodes: nodes(2) }, [one])
      .entry(2, 4, node('n4'))
      .state(2, 4);
    const folder = await readSwarmFolder(folders.write(damage(whole)));
    expect(countOf(folder)).toBe(3);
    expect(folder.indexes.snapshot).toBe(0);
    expect(folder.warnings).toEqual([expect.stringContaining('.snap is damaged')]);
    const cut = logTo(3)
      .mark(3, 2)
      .cut(4, 2, 3)
      .snapshot(2, 3, { nodes: nodes(2) }, [one])
      .dropBefore(1);
    const { file, message } = await failure('ERR_FOLDER_DAMAGED', folders.write(damage(cut.entry(2, 4, node('n4')))));
    expect(file).toContain('.snap');
    expect(message).toContain('the rest of the folder does not have its contents');
  });

  test('[D23] of two snapshots the newest counts; an older one stands in with the entries between', async () => {
    const writer = logTo(3)
      .mark(3, 2)
      .snapshot(2, 3, { nodes: nodes(2) }, [one]);
    writer
      .entry(2, 4, node('n4'))
      .state(2, 4)
      .mark(4, 2)
      .snapshot(2, 4, { nodes: nodes(3) }, [one]);
    const files = writer.files();
    expect((await readSwarmFolder(folders.write(files))).indexes.snapshot).toBe(4);
    const [newest] = fileOf({ files }, '-0000000000000004.snap');
    files.set(newest, Buffer.from('no snapshot'));
    const folder = await readSwarmFolder(folders.write(files));
    expect(folder.indexes).toEqual({ snapshot: 3, certain: 4, applied: 4, last: 4 });
    expect(countOf(folder)).toBe(3);
  });

  test('[D23] a log that was copied before the snapshot ends before it: the snapshot alone counts', async () => {
    const writer = logTo(3);
    const early = writer.files();
    const [path, bytes] = fileOf({ files: writer.snapshot(2, 9, { nodes: nodes(8) }, [one]).files() }, '.snap');
    const folder = await readSwarmFolder(folders.write(new Map([...early, [path, bytes]])));
    expect(countOf(folder)).toBe(8);
    expect(folder.indexes).toEqual({ snapshot: 9, certain: 9, applied: 9, last: 9 });
    expect(folder.warnings).toEqual([expect.stringContaining('ends before the snapshot')]);
  });
});

describe('a manager that works meanwhile', () => {
  test('[D24] a folder that is written while it is read gives the contents of a moment', async () => {
    const writer = logTo(3);
    const path = folders.write(writer.files({ zeros: 400_000 }));
    const [name] = fileOf({ files: writer.files() }, '.wal');
    let stopped = false;
    let last = 3;
    const write = async (): Promise<void> => {
      while (!stopped && last < 300) {
        last += 1;
        writer.entry(2, last, node(`n${last}`, 'x'.repeat((last * 37) % 2000))).state(2, last);
        const bytes = fileOf({ files: writer.files({ zeros: 0 }) }, '.wal')[1];
        const whole = Buffer.concat([bytes, Buffer.alloc(Math.max(0, 500_000 - bytes.length))]);
        // A write that the reader may see in part.
        const part = Buffer.concat([bytes.subarray(0, bytes.length - 700), Buffer.alloc(700)]);
        if (last % 3 === 0) {
          writeFileSync(join(path, name), part);
          await turn();
        }
        writeFileSync(join(path, `${name}.new`), whole);
        renameSync(join(path, `${name}.new`), join(path, name));
        await turn();
      }
    };
    const writing = write();
    let before = 0;
    for (let count = 0; count < 12; count += 1) {
      const folder = await readSwarmFolder(path);
      const { applied } = folder.indexes;
      expect(countOf(folder)).toBe(applied - 1);
      before = Math.max(before, applied);
      await turn();
    }
    stopped = true;
    await writing;
    expect(before).toBeGreaterThan(3);
  });

  test('[D24] entries that a manager deleted after the reading are an error for who reads them later', async () => {
    const path = folders.write(logTo(5).files());
    const folder = await readSwarmFolder(path);
    expect(countOf(folder)).toBe(4);
    rmSync(join(path, 'raft'), { recursive: true });
    await expect(folder.log[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'ERR_FOLDER_CHANGED' });
    await expect(folder.store.watchFrom({ index: 0 })).rejects.toMatchObject({ code: 'ERR_FOLDER_CHANGED' });
    expect(countOf(folder)).toBe(4);
  });
});

test('[D25] memory is that of the contents, not of the log', async () => {
  const writer = new FolderWriter(one, 'plain').change(1, 1, 'add', one).state(1, 1);
  const filling = 'x'.repeat(50_000);
  for (let index = 2; index <= 602; index += 1) {
    const [create] = node('same', `${index}${filling}`);
    writer.entry(2, index, [{ ...create, action: index === 2 ? 1 : 2 }]).state(2, index);
  }
  const path = folders.write(writer.files());
  const used = (): number => {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  // The log has 30 MB. A first reading loads code.
  await readSwarmFolder(path);
  let before = Infinity;
  await afterCollections(() => {
    const settled = used() >= before;
    before = Math.min(before, used());
    return settled;
  });
  const folder = await readSwarmFolder(path);
  expect(await afterCollections(() => used() - before < 3_000_000)).toBe(true);
  let count = 0;
  for await (const { actions } of folder.log) {
    count += actions.length;
    if (count % 200 === 0) expect(await afterCollections(() => used() - before < 3_000_000)).toBe(true);
  }
  expect(count).toBe(601);
});
