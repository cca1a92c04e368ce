import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { readSwarmFolder } from 'swarmstate/swarm';
import { fileOf, Folders } from './support/fixtures.ts';
import { FolderWriter } from './support/folder-writer.ts';
import { countOf, failure, logTo, node, one } from './support/node-logs.ts';

const folders = new Folders();
afterAll(() => {
  folders.remove();
});

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
