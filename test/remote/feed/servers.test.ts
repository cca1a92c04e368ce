import * as grpc from '@grpc/grpc-js';
import { afterEach, expect, jest, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { serverStream } from '../../../src/grpc/calls.ts';
import { decodeFollowMessage, FollowService } from '../../../src/remote/follow/generated/follow.ts';
import { codecs } from '../../../src/wire/generated/kinds.ts';
import { SnapshotWriter } from '../../../src/wire/snapshot/snapshot-writer.ts';
import { Serving } from '../events/support/serving.ts';
import { serveAt } from '../follow/support/serving.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

const canary = 'canary-7c1f';
const inBase64 = Buffer.from(canary).toString('base64');

/** A store with secrets of which each has another object before it. */
async function filled(): Promise<MemoryStore> {
  const store = new MemoryStore({ history: 100 });
  await store.update((tx) => {
    for (let n = 0; n < 200; n += 1) tx.tasks.create({ id: `t${n}`, spec: { container: { image: 'x'.repeat(400) } } });
    for (let n = 0; n < 5; n += 1)
      tx.secrets.create({ id: `s${n}`, spec: { annotations: { name: `s${n}` }, data: Buffer.from(canary) } });
    tx.clusters.create({ id: 'c1', rootCa: { joinTokens: { worker: canary, manager: canary } } });
  });
  return store;
}

/** Changes a secret, so that a commit has its data twice. */
async function touch(store: MemoryStore): Promise<void> {
  await store.update((tx) =>
    tx.secrets.modify('s1', (draft) => {
      draft.spec.annotations.labels = { n: String(Object.keys(draft.spec.annotations.labels).length) };
    }),
  );
}

/** The bytes of a stream of events: the contents, and so many commits behind them. */
async function eventsOf(url: string, headers: { readonly [name: string]: string }, commits: number): Promise<string> {
  const aborted = new AbortController();
  const { body } = await fetch(url, { headers, signal: aborted.signal });
  let text = '';
  for await (const part of body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(part).toString('latin1');
    if (text.includes('event: live') && text.split('event: commit').length > commits && text.endsWith('\n\n')) break;
  }
  aborted.abort();
  return text;
}

/** The same of a stream of Follow. */
async function messagesOf(client: grpc.Client, commits: number): Promise<string> {
  const stream = serverStream(client, FollowService.follow, {});
  let text = '';
  let left = commits + 1;
  for await (const bytes of stream as AsyncIterable<Buffer>) {
    text += bytes.toString('latin1');
    const { live, commit } = decodeFollowMessage(bytes);
    if (live !== undefined || commit !== undefined) left -= 1;
    if (left === 0) break;
  }
  stream.cancel();
  return text;
}

test('[V33] clients of events with and without the right to secrets share a server, and no secret', async () => {
  const store = await filled();
  await using serving = await Serving.start(store, {
    authorize: ({ header }) => (header('x-right') === 'secrets' ? 'secrets' : true),
  });
  const rights = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? 'secrets' : 'none'));
  const texts = rights.map((right) => eventsOf(serving.url, { 'x-right': right }, 2));
  while (store.stats().watchers < rights.length) await new Promise((resolve) => setImmediate(resolve));
  await touch(store);
  await touch(store);
  for (const [n, text] of (await Promise.all(texts)).entries()) {
    const seen = text.includes(canary) || text.includes(inBase64);
    expect([rights[n], seen]).toEqual([rights[n], rights[n] === 'secrets']);
    // The secrets, and two objects in each of two commits.
    expect(text.split(inBase64)).toHaveLength(rights[n] === 'secrets' ? 10 : 1);
  }
});

test('[V33] clients of Follow with and without the right to secrets share a server, and no secret', async () => {
  const store = await filled();
  let asked = 0;
  await using server = await serveAt(store, 0, { authorize: () => ((asked += 1) % 2 === 0 ? 'secrets' : true) });
  const client = new grpc.Client(server.address, grpc.credentials.createInsecure());
  const texts = Array.from({ length: 20 }, () => messagesOf(client, 2));
  while (store.stats().watchers < texts.length) await new Promise((resolve) => setImmediate(resolve));
  await touch(store);
  await touch(store);
  const counts = (await Promise.all(texts)).map((text) => text.split(canary).length - 1);
  // The secrets, two tokens of the cluster, and two objects in each of two commits.
  expect(counts.filter((count) => count === 11)).toHaveLength(10);
  expect(counts.filter((count) => count === 0)).toHaveLength(10);
  client.close();
});

test('[V31] 100 clients of events that connect cost one encoding of the contents', async () => {
  const store = await filled();
  const encoded = jest.spyOn(codecs.task, 'toJson');
  await using serving = await Serving.start(store);
  const texts = await Promise.all(Array.from({ length: 100 }, () => eventsOf(serving.url, {}, 0)));
  expect(new Set(texts).size).toBe(1);
  expect(encoded).toHaveBeenCalledTimes(200);
});

test('[V31] 100 clients of Follow that connect cost one encoding of the contents', async () => {
  const store = await filled();
  const encoded = jest.spyOn(SnapshotWriter.prototype, 'add');
  await using server = await serveAt(store);
  const client = new grpc.Client(server.address, grpc.credentials.createInsecure());
  const texts = await Promise.all(Array.from({ length: 100 }, () => messagesOf(client, 0)));
  expect(new Set(texts).size).toBe(1);
  expect(encoded).toHaveBeenCalledTimes(206);
  client.close();
});
