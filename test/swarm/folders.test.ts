import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import type { StoreActionInput } from 'swarmstate/proto';
import { isSwarmFolderError, readSwarmFolder } from 'swarmstate/swarm';
import type { SwarmFolder, SwarmFolderErrorCode, SwarmFolderErrorData } from 'swarmstate/swarm';
import { afterCollections } from '../support/garbage.ts';
import { fileOf, Folders, readFixture } from './support/fixtures.ts';
import { FolderWriter, manager } from './support/folder-writer.ts';

const folders = new Folders();
afterAll(() => {
  folders.remove();
});

const one = manager(1);

function node(id: string, hostname = `host-${id}`): readonly StoreActionInput[] {
  return [{ action: 1, node: { id, description: { hostname } } }];
}

/** The log of a manager that is alone, with an entry that makes node `n…` for each index from 2 on. */
function logTo(last: number): FolderWriter {
  const writer = new FolderWriter(one).change(1, 1, 'add', one).state(1, 1);
  for (let index = 2; index <= last; index += 1) writer.entry(2, index, node(`n${index}`)).state(2, index);
  return writer;
}

function countOf({ store }: SwarmFolder): number {
  return store.save().nodes.length;
}

async function failure<C extends SwarmFolderErrorCode>(
  code: C,
  path: string | readonly string[],
): Promise<SwarmFolderErrorData[C] & { readonly message: string }> {
  const error: unknown = await readSwarmFolder(path).then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  if (!isSwarmFolderError(error, code)) throw new Error(`not ${code}: ${String(error)}`);
  return error;
}

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

describe('damage and torn writes', () => {
  /** The log as one file, and the places of its records. */
  function log(last: number): { readonly files: Map<string, Buffer>; readonly path: string; readonly bytes: Buffer } {
    const files = logTo(last).files();
    const [path, bytes] = fileOf({ files }, '.wal');
    return { files, path, bytes };
  }

  test('[D22] zeros in the middle of a log are damage, with the byte at which intact records go on', async () => {
    const { files, path, bytes } = log(40);
    bytes.fill(0, 1024, 1536);
    const folder = folders.write(files);
    const { file, offset, intactAt } = await failure('ERR_FOLDER_DAMAGED', folder);
    expect(file).toBe(join(folder, path));
    expect(offset).toBeLessThan(1536);
    expect(intactAt).toBeGreaterThanOrEqual(1536);
    bytes.fill(0, 0, 512);
    expect((await failure('ERR_FOLDER_DAMAGED', folders.write(files))).offset).toBe(0);
  });

  test('[D22] a changed length, checksum or type of the last record is damage, not a torn write', async () => {
    const { bytes: whole } = log(10);
    const end = lastRecord(whole);
    for (const [at, bit] of [
      [end, 1],
      [end + 2, 4],
      [end + 6, 0],
      [end + 7, 0],
      [end + 9, 0],
      [end + 11, 3],
      [end + 18, 1],
    ] as const) {
      const { files, bytes } = log(10);
      bytes[at] = (bytes[at] as number) ^ (1 << bit);
      await failure('ERR_FOLDER_DAMAGED', folders.write(files));
    }
  });

  function lastRecord(bytes: Buffer): number {
    let last = 0;
    for (let at = 0; bytes.readUInt32LE(at) > 0;) {
      last = at;
      at += 8 + bytes.readUInt32LE(at) + ((bytes[at + 7] as number) & 7);
    }
    return last;
  }

  test('[D22] the last record, cut off within, is a torn write: a warning, and the log ends before it', async () => {
    const writer = logTo(5);
    const whole = writer.length;
    writer.entry(2, 6, node('long', 'x'.repeat(3000)));
    const files = writer.files({ zeros: 0 });
    const [path, bytes] = fileOf({ files }, '.wal');
    const cut = folders.write(new Map([...files, [path, bytes.subarray(0, bytes.length - 1000)]]));
    const zeroed = Buffer.concat([bytes.subarray(0, bytes.length - 1000), Buffer.alloc(9000)]);
    for (const folder of [cut, folders.write(new Map([...files, [path, zeroed]]))]) {
      const read = await readSwarmFolder(folder);
      expect(countOf(read)).toBe(4);
      expect(read.indexes.last).toBe(5);
      expect(read.warnings).toEqual([expect.stringContaining(`byte ${whole} was cut off`)]);
    }
  });

  test('[D22] only the last file of a log can be torn', async () => {
    const files = logTo(5).cut(6, 2, 5).entry(2, 6, node('b')).state(2, 6).files();
    const [path, bytes] = fileOf({ files }, '-0000000000000000.wal');
    files.set(path, bytes.subarray(0, bytes.length - 20));
    await failure('ERR_FOLDER_DAMAGED', folders.write(files));
  });

  test('[D22] bytes behind the records that are no records are a warning', async () => {
    const { files, bytes } = log(4);
    bytes[bytes.length - 5] = 1;
    const folder = await readSwarmFolder(folders.write(files));
    expect(countOf(folder)).toBe(3);
    expect(folder.warnings).toEqual([expect.stringContaining('bytes that are none')]);
  });

  test('[D22] a log that ends before its commit index has lost entries', async () => {
    const writer = logTo(5).state(2, 9);
    expect(await failure('ERR_FOLDER_ENTRIES_LOST', folders.write(writer.files()))).toMatchObject({
      last: 5,
      commit: 9,
    });
  });

  test('[D22] missing entries and missing files of the log are a gap', async () => {
    const skipping = new FolderWriter(one).change(1, 1, 'add', one).entry(2, 3, node('b'));
    expect(await failure('ERR_FOLDER_GAP', folders.write(skipping.files()))).toMatchObject({ needed: 2, present: 3 });
    const threeFiles = (): FolderWriter =>
      logTo(3).cut(4, 2, 3).entry(2, 4, node('d')).cut(5, 2, 4).entry(2, 5, node('e'));
    expect(countOf(await readSwarmFolder(folders.write(threeFiles().files())))).toBe(4);
    const headless = threeFiles().dropBefore(1).files();
    expect(await failure('ERR_FOLDER_GAP', folders.write(headless))).toMatchObject({ needed: 1, present: 4 });
    const holed = threeFiles().files();
    holed.delete(fileOf({ files: holed }, '-0000000000000004.wal')[0]);
    expect(await failure('ERR_FOLDER_GAP', folders.write(holed))).toMatchObject({ needed: 1, present: 2 });
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

  test('[D23] of two snapshots the newest counts, and an older one stands in for it with the entries between', async () => {
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
