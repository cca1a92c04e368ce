import { afterAll, describe, expect, test } from '@jest/globals';
import type { StoreActionInput } from 'swarmstate/proto';
import { readSwarmFolder } from 'swarmstate/swarm';
import type { SwarmFolder } from 'swarmstate/swarm';
import { fileOf, Folders, readFixture } from './support/fixtures.ts';
import { FolderWriter, manager, message, sealed } from './support/folder-writer.ts';
import type { Encryption } from './support/folder-writer.ts';

const folders = new Folders();
afterAll(() => {
  folders.remove();
});

const [one, two, three] = [manager(1), manager(2), manager(3)];

/** The change that creates a node. */
function node(id: string): readonly StoreActionInput[] {
  return [{ action: 1, node: { id, description: { hostname: `host-${id}` } } }];
}

function nodesOf({ store }: SwarmFolder): readonly string[] {
  return store.save().nodes.map(({ id }) => id);
}

function writeTo(writer: FolderWriter): string {
  return folders.write(writer.files());
}

/** The log of one of three managers up to index 5; commit 5. */
function startOf(self = one): FolderWriter {
  const writer = new FolderWriter(self);
  for (const [position, member] of [one, two, three].entries()) writer.change(1, position + 1, 'add', member);
  return writer.state(1, 3).entry(2, 4).entry(2, 5, node('a')).state(2, 5);
}

describe('encryption', () => {
  test.each<Encryption>(['secretbox', 'fernet', 'plain', 'none'])(
    '[D10] a log whose records are %s is read, with its snapshot',
    async (encryption) => {
      const writer = new FolderWriter(one, encryption).change(1, 1, 'add', one).entry(2, 2, node('a')).state(2, 2);
      writer
        .snapshot(2, 2, { nodes: [{ id: 'a' }] }, [one])
        .mark(2, 2)
        .entry(2, 3, node('b'))
        .state(2, 3);
      const folder = await readSwarmFolder(writeTo(writer));
      expect(nodesOf(folder)).toEqual(['a', 'b']);
      expect(folder.indexes.snapshot).toBe(2);
      expect(folder.warnings).toEqual([]);
    },
  );

  test('[D16] entries before the snapshot are not decrypted: their key may be gone', async () => {
    const writer = new FolderWriter(one).change(1, 1, 'add', one).entry(2, 2, node('a')).state(2, 2);
    writer.key = Buffer.alloc(32, 7);
    writer
      .snapshot(2, 2, { nodes: [{ id: 'a' }] }, [one])
      .mark(2, 2)
      .entry(2, 3, node('b'))
      .state(2, 3);
    expect(nodesOf(await readSwarmFolder(writeTo(writer)))).toEqual(['a', 'b']);
  });

  test('[D16] while keys rotate, each record is opened by the key that it is under', async () => {
    const writer = new FolderWriter(one).change(1, 1, 'add', one).entry(2, 2, node('a')).state(2, 2);
    const old = writer.key;
    writer.key = Buffer.alloc(32, 7);
    writer.entry(2, 3, node('b')).state(2, 3);
    const files = writer.files();
    const header = { 'raft-dek': record(old), 'raft-dek-pending': record(writer.key) };
    files.set('certificates/swarm-node.key', Buffer.from(writer.keyFile(header)));
    expect(nodesOf(await readSwarmFolder(folders.write(files)))).toEqual(['a', 'b']);
  });

  test('[D17] a locked folder needs its unlock key, and says which key is wrong', async () => {
    const { files, expected } = readFixture('autolocked');
    const path = folders.write(files);
    await expect(readSwarmFolder(path)).rejects.toMatchObject({ code: 'ERR_FOLDER_LOCKED' });
    await expect(readSwarmFolder(path, { unlockKey: 'SWMKEY-1-short' })).rejects.toMatchObject({
      code: 'ERR_FOLDER_UNLOCK_KEY',
      kekVersion: undefined,
    });
    const wrong = `SWMKEY-1-${Buffer.alloc(32, 1).toString('base64').replace('=', '')}`;
    const failure = readSwarmFolder(path, { unlockKey: wrong });
    await expect(failure).rejects.toMatchObject({ code: 'ERR_FOLDER_UNLOCK_KEY', kekVersion: 128 });
    await failure.catch((error: unknown) => {
      expect(String(error)).not.toContain(wrong.slice(9));
    });
    const folder = await readSwarmFolder(path, { unlockKey: `  ${expected.unlockKey as string}\n` });
    expect(folder.indexes.applied).toBe(131);
  });

  test('[D17] an unlock key that is not needed is not looked at', async () => {
    const { expected } = readFixture('autolocked');
    const path = folders.write(readFixture('plain').files);
    expect((await readSwarmFolder(path, { unlockKey: expected.unlockKey })).indexes.applied).toBe(42);
  });

  test('[D17] a key that opens nothing is an error with the entry and the place', async () => {
    const files = startOf().files();
    const other = Buffer.from(new FolderWriter(one).keyFile());
    files.set('certificates/swarm-node.key', other);
    const path = folders.write(files);
    await expect(readSwarmFolder(path)).rejects.toMatchObject({
      name: 'SwarmFolderError',
      code: 'ERR_FOLDER_DATA_KEY',
      index: 1,
      offset: expect.any(Number) as unknown,
      file: expect.stringContaining('.wal') as unknown,
    });
    files.delete('certificates/swarm-node.key');
    await expect(readSwarmFolder(folders.write(files))).rejects.toMatchObject({ code: 'ERR_FOLDER_DATA_KEY' });
    files.set('certificates/swarm-node.key', Buffer.from('-----BEGIN PRIVATE KEY-----\n\nAAAA\n'));
    await expect(readSwarmFolder(folders.write(files))).rejects.toMatchObject({ code: 'ERR_FOLDER_DATA_KEY' });
  });

  test('[D17] a data key that is locked by Fernet is opened', async () => {
    const { files } = readFixture('fernet');
    const [, text] = fileOf({ files }, '.key');
    const dek = /raft-dek: (\S+)/.exec(text.toString())?.[1] as string;
    const inner = Buffer.from(dek, 'base64').subarray(2);
    const kek = new FolderWriter(one, 'fernet');
    const locked = Buffer.from(kek.seal(inner)).toString('base64');
    const path = folders.write(
      new Map([...files, ['certificates/swarm-node.key', Buffer.from(text.toString().replace(dek, locked))]]),
    );
    await expect(readSwarmFolder(path)).rejects.toMatchObject({ code: 'ERR_FOLDER_LOCKED' });
    const unlockKey = `SWMKEY-1-${kek.key.toString('base64').replace('=', '')}`;
    expect((await readSwarmFolder(path, { unlockKey })).indexes.applied).toBe(42);
  });

  function record(key: Buffer): string {
    return message([[2, key]]).toString('base64');
  }

  test('[D17] of two data keys, one that the unlock key does not open is a warning', async () => {
    const kek = Buffer.alloc(32, 3);
    const writer = new FolderWriter(one).change(1, 1, 'add', one).entry(2, 2, node('a')).state(2, 2);
    const files = writer.files();
    const header = {
      'raft-dek': sealed(kek, writer.key).toString('base64'),
      'raft-dek-pending': sealed(Buffer.alloc(32, 4), writer.key).toString('base64'),
    };
    files.set('certificates/swarm-node.key', Buffer.from(writer.keyFile(header)));
    const unlockKey = `SWMKEY-1-${kek.toString('base64').replace('=', '')}`;
    const folder = await readSwarmFolder(folders.write(files), { unlockKey });
    expect(nodesOf(folder)).toEqual(['a']);
    expect(folder.warnings).toEqual([expect.stringContaining('raft-dek-pending')]);
  });
});

describe('the entries that count', () => {
  test('[D18] an entry that a new leader replaced is gone, and so is all behind it', async () => {
    const writer = startOf().entry(2, 6, node('lost-1')).entry(2, 7, node('lost-2')).state(2, 5);
    writer.entry(3, 6).entry(3, 7, node('b')).state(3, 7);
    const folder = await readSwarmFolder(writeTo(writer));
    expect(nodesOf(folder)).toEqual(['a', 'b']);
    const log: [number, number][] = [];
    for await (const { index, term } of folder.log) log.push([index, term]);
    expect(log.slice(4)).toEqual([
      [5, 2],
      [6, 3],
      [7, 3],
    ]);
    const watcher = await folder.store.watchFrom({ index: 5 });
    expect((await watcher.commits().next()).value).toMatchObject({ version: { index: 7 } });
  });

  test('[D18] replacements are followed across files of the log, and one inside of another', async () => {
    const writer = startOf().entry(2, 6, node('x')).cut(7, 2, 5).entry(2, 7, node('y')).entry(2, 8, node('z'));
    writer.entry(3, 7, node('w')).state(3, 5).cut(8, 3, 5).entry(4, 6).entry(4, 7, node('b')).state(4, 7);
    const folder = await readSwarmFolder(writeTo(writer));
    expect(nodesOf(folder)).toEqual(['a', 'b']);
    expect(folder.indexes).toEqual({ snapshot: 0, certain: 7, applied: 7, last: 7 });
  });

  test('[D18] an entry that replaces a committed one is damage', async () => {
    const writer = startOf().entry(3, 5, node('b')).state(3, 5);
    await expect(readSwarmFolder(writeTo(writer))).rejects.toMatchObject({ code: 'ERR_FOLDER_DAMAGED' });
  });

  test('[D19] with several voters the entries behind the commit index are not certain', async () => {
    const path = writeTo(startOf().entry(2, 6, node('b')));
    const certain = await readSwarmFolder(path);
    expect(nodesOf(certain)).toEqual(['a']);
    expect(certain.indexes).toEqual({ snapshot: 0, certain: 5, applied: 5, last: 6 });
    expect(certain.warnings).toEqual([expect.stringContaining('index 6')]);
    const all = await readSwarmFolder(path, { tail: 'all' });
    expect(nodesOf(all)).toEqual(['a', 'b']);
    expect(all.indexes.applied).toBe(6);
    const flags: boolean[] = [];
    for await (const { certain: isCertain } of all.log) flags.push(isCertain);
    expect(flags).toEqual([true, true, true, true, true, false]);
  });

  test('[D19] a member that is the only voter has committed its whole log', async () => {
    const writer = new FolderWriter(one).change(1, 1, 'add', one).state(1, 1).entry(2, 2, node('a'));
    const folder = await readSwarmFolder(writeTo(writer));
    expect(nodesOf(folder)).toEqual(['a']);
    expect(folder.indexes.certain).toBe(2);
    // The other members were removed, and that is committed.
    const alone = startOf()
      .change(3, 6, 'remove', two)
      .change(3, 7, 'remove', three)
      .state(3, 7)
      .entry(3, 8, node('b'));
    const left = await readSwarmFolder(writeTo(alone));
    expect(nodesOf(left)).toEqual(['a', 'b']);
    expect(left.members.map(({ nodeId }) => nodeId)).toEqual(['manager-1']);
    expect(left.removed).toEqual([two.raftId, three.raftId]);
  });

  test('[D19] two of three folders that hold the same entry decide that it is committed', async () => {
    const a = writeTo(startOf(one).entry(2, 6, node('b')));
    const b = writeTo(startOf(two).entry(2, 6, node('b')).entry(2, 7, node('c')));
    const both = await readSwarmFolder([a, b]);
    expect(nodesOf(both)).toEqual(['a', 'b']);
    expect(both.indexes).toEqual({ snapshot: 0, certain: 6, applied: 6, last: 7 });
    // Two copies of one manager are one voice.
    const copies = await readSwarmFolder([a, writeTo(startOf(one).entry(2, 6, node('b')))]);
    expect(copies.indexes.certain).toBe(5);
  });

  test('[D19] a folder that was cut off is overruled by a folder of the swarm that went on', async () => {
    const cutOff = writeTo(startOf(one).entry(2, 6, node('lost')));
    const went = writeTo(startOf(two).entry(3, 6).entry(3, 7, node('b')).state(3, 7));
    for (const paths of [
      [cutOff, went],
      [went, cutOff],
    ]) {
      const folder = await readSwarmFolder(paths, { tail: 'all' });
      expect(nodesOf(folder)).toEqual(['a', 'b']);
      expect(folder.warnings).toEqual([expect.stringContaining('never took effect')]);
      expect(folder.warnings[0]).toContain(cutOff);
    }
  });

  test('[D19] an entry of an old term that a later leader only sent again is not certain', async () => {
    // Members one and three hold entry 6 of term 2. Member three got it when it knew of term 4 already, so that member
    // two may still win with an entry 6 of term 3.
    const a = writeTo(startOf(one).entry(2, 6, node('b')).state(4, 5));
    const c = writeTo(startOf(three).state(4, 5).entry(2, 6, node('b')));
    expect((await readSwarmFolder([a, c])).indexes.certain).toBe(5);
    // An entry of the leader’s own term behind it settles both.
    const a2 = writeTo(startOf(one).entry(2, 6, node('b')).state(4, 5).entry(4, 7));
    const c2 = writeTo(startOf(three).state(4, 5).entry(2, 6, node('b')).entry(4, 7));
    expect((await readSwarmFolder([a2, c2])).indexes.certain).toBe(7);
  });

  test('[D19] folders of different swarms, and logs that contradict each other, are refused', async () => {
    const a = writeTo(startOf(one));
    const stranger = manager(9);
    const b = writeTo(new FolderWriter(stranger).change(1, 1, 'add', stranger).state(1, 1));
    await expect(readSwarmFolder([a, b])).rejects.toMatchObject({ code: 'ERR_FOLDER_MISMATCH' });
    const c = writeTo(startOf(two).entry(4, 6).state(4, 6));
    const d = writeTo(startOf(three).entry(3, 6).state(3, 6));
    await expect(readSwarmFolder([c, d])).rejects.toMatchObject({ code: 'ERR_FOLDER_MISMATCH' });
  });

  test('[D11] members come, change their address and go; listeners are members without a vote', async () => {
    const moved = { ...two, addr: '10.9.9.9:2377' };
    const writer = startOf().change(2, 6, 'update', moved).change(2, 7, 'add-learner', manager(4));
    writer.change(2, 8, 'remove', three).state(2, 8).change(2, 9, 'remove', two);
    const folder = await readSwarmFolder(writeTo(writer));
    expect(folder.members.map(({ addr }) => addr)).toEqual(['10.0.0.1:2377', '10.9.9.9:2377', '10.0.0.4:2377']);
    expect(folder.removed).toEqual([three.raftId]);
    expect(folder.indexes.certain).toBe(8);
  });

  test('[D18] an entry that cannot be applied is a warning, and the later ones count', async () => {
    const writer = startOf().entry(2, 6, node('a')).entry(2, 7, node('b')).state(2, 7);
    const folder = await readSwarmFolder(writeTo(writer));
    expect(nodesOf(folder)).toEqual(['a', 'b']);
    expect(folder.warnings).toEqual([expect.stringContaining('entry 6 could not be applied')]);
  });
});
