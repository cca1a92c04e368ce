import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as grpc from '@grpc/grpc-js';
import { MemoryStore } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';
import { followRemote } from 'swarmstate/remote';
import { serverStream } from '../../../src/grpc/calls.ts';
import { decodeFollowFailure, FollowService } from '../../../src/remote/follow/generated/follow.ts';
import { messageBytes, isWhole } from '../../../src/remote/follow/message-format.ts';
import { TestAuthority } from '../../support/certificates.ts';
import { caughtUp, untilStatus } from '../events/support/serving.ts';
import { followQuickly, serveAt } from './support/serving.ts';

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown }).code;

test('[N20] a follower in another process has contents, then commits with version and old objects', async () => {
  const store = new MemoryStore({ history: 100 });
  await store.update((tx) => {
    for (let n = 0; n < 1000; n++) tx.tasks.create({ id: `t${n}`, spec: { container: { image: 'x'.repeat(200) } } });
    tx.extensions.create({ id: 'e', annotations: { name: 'backup' } });
    tx.resources.create({ id: 'r', kind: 'backup' });
  });
  await using server = await serveAt(store);
  await using remote = await followQuickly(server.address);
  expect(remote.status).toBe('live');
  expect(remote.store.save()).toEqual(store.save());
  expect(remote.version).toEqual(store.version);
  const watcher = remote.store.watch();
  await store.update((tx) => {
    tx.tasks.modify('t1', (draft) => {
      draft.slot = 7;
    });
    tx.tasks.delete('t2');
  });
  const { value } = await watcher.commits().next();
  expect(value?.version).toEqual(store.version);
  expect(value?.events.map(({ action }) => action)).toEqual(['update', 'delete']);
  expect(value?.events[0]?.oldObject).toMatchObject({ slot: 0 });
  using cache = new LocalCache(remote.store, { tables: ['task'] });
  await cache.waitFor(store.version);
  expect(cache.table('task').find({ slot: 7 })).toHaveLength(1);
});

test('[N21] missed commits come one by one; a compacted log gives the contents anew', async () => {
  const store = new MemoryStore({ history: 3 });
  let server = await serveAt(store);
  const { port } = server;
  await using remote = await followQuickly(server.address);
  for (const [commits, resets] of [
    [2, 0],
    [6, 1],
  ] as const) {
    await server.close();
    await untilStatus(remote, 'stale');
    const watcher = remote.store.watch();
    for (let n = 0; n < commits; n++) await store.update((tx) => tx.nodes.create({ id: `${commits}-${n}` }));
    server = await serveAt(store, port);
    await caughtUp(remote, store);
    const seen = [];
    const reader = watcher.commits();
    for (let n = 0; n < (resets === 0 ? commits : 1); n++) seen.push((await reader.next()).value);
    expect(seen.filter((commit) => commit?.reset === true)).toHaveLength(resets);
    expect(seen.at(-1)?.version).toEqual(store.version);
    expect(remote.store.save()).toEqual(store.save());
  }
  await server.close();
});

test('[N22] a version that cannot be resumed is a status with the code and the oldest version', async () => {
  const store = new MemoryStore({ history: 1, firstVersion: 10 });
  for (const id of ['a', 'b', 'c']) await store.update((tx) => tx.nodes.create({ id }));
  await using server = await serveAt(store);
  const client = new grpc.Client(server.address, grpc.credentials.createInsecure());
  for (const [index, code] of [
    [9, 'ERR_LOG_COMPACTED'],
    [99, 'ERR_VERSION_OUT_OF_BOUNDS'],
  ] as const) {
    const stream = serverStream(client, FollowService.follow, { after: { index } });
    const status = await new Promise<grpc.StatusObject>((resolve) => {
      stream.on('error', () => undefined);
      stream.on('status', resolve);
      stream.resume();
    });
    expect(status.code).toBe(grpc.status.OUT_OF_RANGE);
    const [trailer] = status.metadata.get('swarmstate-failure-bin');
    const failure = decodeFollowFailure(trailer as Buffer);
    expect(failure.code).toBe(code);
    if (code === 'ERR_LOG_COMPACTED') expect(failure.oldest?.index).toBe(12);
  }
  client.close();
});

test('[N6] secrets are emptied over gRPC, unless the right to them is given', async () => {
  const store = new MemoryStore({ history: 10 });
  const canary = 'canary-91e0';
  await store.update((tx) =>
    tx.secrets.create({ id: 's', spec: { annotations: { name: 's' }, data: Buffer.from(canary) } }),
  );
  for (const access of [true, 'secrets'] as const) {
    await using server = await serveAt(store, 0, { authorize: () => access });
    await using remote = await followQuickly(server.address);
    const data = remote.store.view((tx) => tx.secrets.get('s')?.spec.data) ?? new Uint8Array();
    expect(Buffer.from(data).toString()).toBe(access === true ? '' : canary);
  }
  await using server = await serveAt(store, 0, { authorize: () => false });
  const refused = await followQuickly(server.address).catch((error: unknown) => error);
  expect(codeOf(refused)).toBe('ERR_REMOTE_NOT_PERMITTED');
});

test('[N7] a follower over gRPC names the tables that it follows', async () => {
  const store = new MemoryStore({ history: 10 });
  await using server = await serveAt(store);
  await using remote = await followQuickly(server.address, { tables: ['node'] });
  await store.update((tx) => {
    tx.tasks.create({ id: 't' });
    tx.nodes.create({ id: 'n' });
  });
  await caughtUp(remote, store);
  const { nodes, tasks } = remote.store.save();
  expect([nodes.length, tasks.length]).toEqual([1, 0]);
});

test('[N23] both sides are known by certificates; a wrong one is an error that says so', async () => {
  const store = new MemoryStore({ history: 10 });
  const authority = new TestAuthority('ca');
  const traits = { unit: 'swarm-manager', dnsNames: ['localhost', 'swarm-manager'] };
  const [own, peer] = [authority.issue('server', traits), authority.issue('client', traits)];
  const worker = authority.issue('worker', { unit: 'swarm-worker' });
  const tls = { ca: authority.ca, cert: own.certificate, key: own.key };
  await using server = await serveAt(store, 0, { tls });
  const { ca } = authority;
  const known = { ca, cert: peer.certificate, key: peer.key };
  await using remote = await followQuickly(server.address, known);
  expect(remote.status).toBe('live');
  await using named = await followQuickly(server.address, { ...known, serverName: 'swarm-manager' });
  expect(named.status).toBe('live');
  const wrong: readonly (readonly [object, string])[] = [
    [{ ...known, ca: new TestAuthority('other').ca }, 'ERR_REMOTE_CERTIFICATE'],
    [{ ...known, serverName: 'elsewhere' }, 'ERR_REMOTE_CERTIFICATE'],
    [{ ca, cert: worker.certificate, key: worker.key }, 'ERR_REMOTE_NOT_PERMITTED'],
    [{ ca, cert: peer.certificate }, 'ERR_REMOTE_CERTIFICATE'],
    [{ ca, cert: '/no/such/file', key: '/no/such/file' }, 'ERR_REMOTE_CERTIFICATE'],
  ];
  for (const [options, code] of wrong) {
    const failed = await followQuickly(server.address, { ...options, timeoutMs: 1000 }).catch(
      (error: unknown) => error,
    );
    expect(codeOf(failed)).toBe(code);
    expect(String(failed)).not.toContain('PRIVATE KEY');
  }
  const open = await followQuickly('store.example:443').catch((error: unknown) => error);
  expect(codeOf(open)).toBe('ERR_REMOTE_CERTIFICATE');
});

test('[N24] a unix socket is followed, and a server that is none of ours is told', async () => {
  const store = new MemoryStore({ history: 10 });
  const folder = mkdtempSync(join(tmpdir(), 'swarmstate-follow-'));
  const path = join(folder, 'store.sock');
  try {
    await using server = await serveAt(store, 0, { listen: `unix://${path}` });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await using remote = await followQuickly(server.address);
    expect(remote.target).toBe(`unix://${path}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const plain = new grpc.Server();
  const port = await new Promise<number>((resolve, reject) => {
    plain.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const failed = await followQuickly(`127.0.0.1:${port}`).catch((error: unknown) => error);
  expect(codeOf(failed)).toBe('ERR_REMOTE_NOT_SERVED');
  plain.forceShutdown();
  const away = await followQuickly('127.0.0.1:1', { timeoutMs: 5 }).catch((error: unknown) => error);
  expect(codeOf(away)).toBe('ERR_REMOTE_NOT_REACHABLE');
});

test('[N13] each changed bit of a message is noticed', () => {
  const bytes = messageBytes({ position: { index: 300 } });
  expect(isWhole(bytes)).toBe(true);
  for (let at = 0; at < bytes.length; at++) expect(isWhole(bytes.with(at, bytes[at]! ^ 4))).toBe(false);
  expect(isWhole(new Uint8Array(3))).toBe(false);
});

test('[N15] options of followRemote that are wrong or unknown are refused with their name', async () => {
  for (const options of [{ ca: 1 }, { cert: '' }, { key: {} }, { serverName: '' }, { history: 0 }, { other: 1 }]) {
    const [argument] = Object.keys(options);
    const failed = await followRemote('127.0.0.1:1', options as object).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'ERR_REMOTE_INVALID_ARGUMENT', argument });
  }
  for (const url of ['store', 'http://x:1', 'x:99999']) {
    const failed = await followRemote(url).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'ERR_REMOTE_INVALID_ARGUMENT', argument: 'url' });
  }
});
