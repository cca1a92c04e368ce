import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MemoryStore, isStoreError } from 'swarmstate';
import { followEvents, isRemoteError, serveEvents } from 'swarmstate/remote/events';
import type { RemoteRetry } from 'swarmstate/remote/events';
import { caughtUp, followQuickly, Serving, untilStatus } from './support/serving.ts';

/** A server that is none of ours. */
const foreign = createServer((request, response) => {
  const status = Number(request.url?.slice(1));
  response.writeHead(status, { 'content-type': 'text/html' }).end('<p>hello');
});
let foreignUrl = '';
beforeAll(async () => {
  foreign.listen(0, '127.0.0.1');
  await once(foreign, 'listening');
  foreignUrl = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`;
});
afterAll(() => {
  foreign.closeAllConnections();
  foreign.close();
});

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown }).code;

test('[N12] status and retries tell what goes on, and closing ends the attempts and the watchers', async () => {
  const store = new MemoryStore({ history: 10 });
  const serving = await Serving.start(store);
  const remote = await followQuickly(serving.url);
  const told: string[] = [];
  remote.on('status', ({ status, reason }) => told.push(`${status} ${String(codeOf(reason ?? {}))}`));
  const retry = new Promise<RemoteRetry>((resolve) => remote.on('retry', resolve));
  await serving[Symbol.asyncDispose]();
  await untilStatus(remote, 'stale');
  const { failures, error } = await retry;
  expect(failures).toBe(1);
  expect(isRemoteError(error)).toBe(true);
  const watcher = remote.store.watch();
  await remote.close();
  expect((await watcher.next()).done).toBe(true);
  expect(remote.store.save()).toEqual(store.save());
  expect(remote.status).toBe('closed');
  expect(told.map((text) => text.split(' ')[0])).toEqual(['stale', 'closed']);
});

test('[N12] an aborted signal closes the follower', async () => {
  const store = new MemoryStore({ history: 10 });
  await using serving = await Serving.start(store);
  const controller = new AbortController();
  const remote = await followQuickly(serving.url, { signal: controller.signal });
  controller.abort(new Error('enough'));
  expect(remote.status).toBe('closed');
  const again = followQuickly(serving.url, { signal: controller.signal });
  await expect(again).rejects.toThrow('enough');
});

test.each([
  ['404', 'ERR_REMOTE_NOT_SERVED'],
  ['200', 'ERR_REMOTE_NOT_SERVED'],
  ['401', 'ERR_REMOTE_NOT_PERMITTED'],
])('[N14] a foreign answer with status %s rejects at once', async (path, code) => {
  const failed = await followEvents(`${foreignUrl}${path}`).catch((error: unknown) => error);
  expect(codeOf(failed)).toBe(code);
});

test('[N14] a failure that may pass rejects after the time that it has', async () => {
  for (const url of [`${foreignUrl}503`, 'http://127.0.0.1:1/']) {
    const failed = await followQuickly(url, { timeoutMs: 5 }).catch((error: unknown) => error);
    expect(codeOf(failed)).toBe('ERR_REMOTE_NOT_REACHABLE');
  }
});

test('[N3] a store that replaces its contents is followed by the difference, marked reset', async () => {
  const store = new MemoryStore({ history: 10 });
  await store.update((tx) => tx.nodes.create({ id: 'a' }));
  await using serving = await Serving.start(store);
  await using first = await followQuickly(serving.url);
  // A chain: the copy of a copy, whose source is reset when its own connection was cut for too long.
  await using chained = await Serving.start(first.store);
  await using second = await followQuickly(chained.url);
  expect(second.store.version).toEqual(store.version);
  const watcher = second.store.watch();
  await serving[Symbol.asyncDispose]();
  await untilStatus(first, 'stale');
  for (let n = 0; n < 12; n++) await store.update((tx) => tx.nodes.create({ id: `n${n}` }));
  await using _again = await Serving.start(store, {}, serving.port);
  await caughtUp(second, store);
  const { value } = await watcher.commits().next();
  expect(value?.reset).toBe(true);
  expect(value?.events).toHaveLength(12);
  expect(second.store.save()).toEqual(store.save());
});

test('[N4] versions never fall where another store answers, and remote.version is the server’s', async () => {
  const older = new MemoryStore({ history: 10, firstVersion: 5 });
  const newer = new MemoryStore({ history: 10 });
  await newer.update((tx) => tx.nodes.create({ id: 'new' }));
  const first = await Serving.start(newer);
  await using remote = await followQuickly(first.url);
  const before = remote.store.version!.index;
  await first[Symbol.asyncDispose]();
  await untilStatus(remote, 'stale');
  const watcher = remote.store.watch();
  await using _second = await Serving.start(older, {}, first.port);
  await untilStatus(remote, 'live');
  await older.update((tx) => tx.nodes.create({ id: 'old' }));
  const commits = watcher.commits();
  const versions = [];
  for (let n = 0; n < 2; n++) versions.push((await commits.next()).value?.version?.index);
  expect(versions).toEqual([before + 1, before + 2]);
  expect(remote.version).toEqual(older.version);
  expect(remote.store.save()).toEqual(older.save());
  await expect(remote.store.watchFrom({ index: before })).rejects.toMatchObject({ code: 'ERR_LOG_COMPACTED' });
});

test('[N4] a store without versions is followed, and its copy has versions of its own', async () => {
  const store = new MemoryStore();
  await using serving = await Serving.start(store);
  await using remote = await followQuickly(serving.url);
  const watcher = remote.store.watch();
  await store.update((tx) => tx.nodes.create({ id: 'a' }));
  const { value } = await watcher.commits().next();
  expect(value?.events).toHaveLength(1);
  expect(remote.version).toBeUndefined();
  const resumed = await remote.store.watchFrom({ index: value!.version!.index - 1 });
  expect((await resumed.next()).value).toMatchObject({ action: 'create' });
  const written = await (remote.store as MemoryStore).update(() => 1).catch((error: unknown) => error);
  expect(isStoreError(written, 'ERR_READ_ONLY')).toBe(true);
});

test('[N15] options that are wrong or unknown are refused with their name', async () => {
  const store = new MemoryStore();
  const serve = (options: object): unknown => {
    try {
      return serveEvents(store, { authorize: () => true, ...options });
    } catch (error) {
      return error;
    }
  };
  for (const options of [
    { authorize: 1 },
    { redact: 'all' },
    { tables: ['x'] },
    { limit: 0 },
    { stallMs: -1 },
    { heartbeatMs: NaN },
    { maxStreams: 0.5 },
    { other: 1 },
  ]) {
    const [argument] = Object.keys(options);
    expect(serve(options)).toMatchObject({ code: 'ERR_REMOTE_INVALID_ARGUMENT', argument });
  }
  for (const options of [
    { tables: 'task' },
    { history: 0 },
    { timeoutMs: 2 ** 31 },
    { signal: {} },
    { headers: 1 },
    { credentials: 'all' },
    { fetch: 1 },
    { other: 1 },
  ]) {
    const [argument] = Object.keys(options);
    const failed = await followEvents(foreignUrl, options as object).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'ERR_REMOTE_INVALID_ARGUMENT', argument });
  }
  const noUrl = await followEvents('events').catch((error: unknown) => error);
  expect(noUrl).toMatchObject({ code: 'ERR_REMOTE_INVALID_ARGUMENT', argument: 'url' });
});
