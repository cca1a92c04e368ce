import { expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { eventFormat } from '../../../src/remote/events/event-format.ts';
import { decodeFollowMessage } from '../../../src/remote/follow/generated/follow.ts';
import { messageFormat } from '../../../src/remote/follow/message-format.ts';
import { SeededRandom } from '../../../src/testing/random/seeded-random.ts';
import { Peers } from './support/counted.ts';

const formats = [
  ['messages of gRPC', messageFormat(1000)],
  ['server-sent events', eventFormat(1000)],
] as const;

const image = 'x'.repeat(500);

/** A store of tasks and nodes whose contents are several frames. */
async function filled(tasks: number): Promise<MemoryStore> {
  const store = new MemoryStore({ history: 1000 });
  await store.update((tx) => {
    for (let n = 0; n < tasks; n += 1) tx.tasks.create({ id: `t${n}`, spec: { container: { image } } });
    for (let n = 0; n < 10; n += 1) tx.nodes.create({ id: `n${n}` });
    tx.secrets.create({ id: 's', spec: { annotations: { name: 'db' }, data: Buffer.from('hunter2') } });
  });
  return store;
}

function bytesOf(store: MemoryStore): Buffer {
  return Buffer.from(StoreSnapshot.encode(store.save()));
}

/** Copies the store from the frames of the contents. The copy checks the seal. */
async function restored(frames: readonly Uint8Array[]): Promise<MemoryStore> {
  const copy = new MemoryStore();
  const messages = frames.map((frame) => decodeFollowMessage(frame));
  await copy.restoreFrom(messages.map(({ chunk }) => chunk).filter(({ length }) => length > 0));
  return copy;
}

test.each(formats)('[V31] 100 peers that connect share one encoding of the contents, as %s', async (_, format) => {
  const store = await filled(1000);
  const peers = new Peers(store, format);
  const all = await Promise.all(Array.from({ length: 100 }, () => peers.frames()));
  expect(peers.counted.objects).toBe(1011);
  const alone = await new Peers(store, format).frames();
  expect(alone.length).toBeGreaterThan(8);
  for (const frames of all) expect(Buffer.concat(frames).equals(Buffer.concat(alone))).toBe(true);
  // The bytes are shared, too.
  expect(new Set(all.map((frames) => frames[1])).size).toBe(1);
  await peers.frames();
  expect(peers.counted.objects).toBe(1011);
});

test.each(formats)('[V31] peers that missed the same commits share one encoding of them, as %s', async (_, format) => {
  const store = await filled(1);
  const peers = new Peers(store, format);
  const resume = store.version;
  for (let n = 0; n < 50; n += 1)
    await store.update((tx) => tx.nodes.create({ id: `late${n}`, description: { hostname: image } }));
  const all = await Promise.all(Array.from({ length: 100 }, () => peers.frames({ resume, strict: true }, 50)));
  expect(peers.counted.commits).toBe(50);
  for (const frames of all) expect(frames).toHaveLength(51);
});

test.each(formats)('[V31] a change costs a later peer the frames with changed objects, as %s', async (_, format) => {
  const store = await filled(1000);
  const peers = new Peers(store, format);
  const before = await peers.frames();
  await store.update((tx) => tx.tasks.modify('t500', (draft) => void (draft.slot = 7)));
  const { objects } = peers.counted;
  const after = await peers.frames();
  expect(peers.counted.objects - objects).toBeLessThan(300);
  const known = new Set(before);
  // The changed frame, and those that name the version; the seal is made for each.
  expect(after.filter((frame) => !known.has(frame)).length).toBeLessThanOrEqual(4);
});

test('[V31] shared contents are those of the store, whatever has changed between two peers', async () => {
  const random = new SeededRandom(7);
  const store = await filled(300);
  const peers = new Peers(store, messageFormat(1000), 80_000);
  const plenty = new Peers(store, messageFormat(1000));
  for (let round = 0; round < 30; round += 1) {
    await store.update((tx) => {
      for (let changes = random.below(6); changes > 0; changes -= 1) {
        const id = `t${random.below(350)}`;
        if (tx.tasks.get(id) === undefined) tx.tasks.create({ id, spec: { container: { image } } });
        else if (random.below(2) === 0) tx.tasks.delete(id);
        else tx.tasks.modify(id, (draft) => void (draft.slot += 1));
      }
      if (random.below(10) === 0) for (let n = 50; n < 150; n += 1) if (tx.tasks.get(`t${n}`)) tx.tasks.delete(`t${n}`);
    });
    if (round === 20) await store.restore(StoreSnapshot.from({ tasks: store.save().tasks.slice(0, 200) }));
    const copies = await Promise.all(
      [peers, plenty].map(async (of) => restored(await of.frames({ redaction: false }))),
    );
    for (const copy of copies) expect(bytesOf(copy).equals(bytesOf(store))).toBe(true);
  }
  expect(plenty.counted.objects).toBeLessThan(peers.counted.objects);
});

test('[V31] a store without versions shares its contents, too', async () => {
  const store = new MemoryStore();
  await store.update((tx) => {
    for (let n = 0; n < 300; n += 1) tx.tasks.create({ id: `t${n}`, spec: { container: { image } } });
  });
  const peers = new Peers(store, messageFormat(1000));
  for (let n = 0; n < 5; n += 1) await peers.frames();
  expect(peers.counted.objects).toBe(300);
});

test('[V32] frames are kept up to the limit of bytes, and what does not fit is encoded for each peer', async () => {
  const store = await filled(1000);
  const limit = 200_000;
  const peers = new Peers(store, messageFormat(1000), limit);
  for (let n = 1; n <= 3; n += 1) {
    const frames = await peers.frames({ redaction: n === 2 ? 'strict' : true });
    expect((await restored(frames)).save().tasks).toHaveLength(1000);
    expect(peers.shared.bytes).toBeGreaterThan(100_000);
    expect(peers.shared.bytes).toBeLessThanOrEqual(limit);
    expect(peers.counted.objects).toBe(1011 * n);
  }
  peers.shared.clear();
  expect(peers.shared.bytes).toBe(0);
});

test('[V32] frames that are used stay longer than others', async () => {
  const store = await filled(300);
  const alone = new Peers(store, messageFormat(1000));
  await alone.frames();
  const peers = new Peers(store, messageFormat(1000), Math.ceil(alone.shared.bytes * 2.5));
  for (const redaction of [true, false, true, 'strict', true] as const) await peers.frames({ redaction });
  // Three views do not fit, and the one in use stayed.
  expect(peers.counted.objects).toBe(311 * 3);
});
