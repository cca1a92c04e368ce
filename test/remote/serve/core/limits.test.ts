import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import * as grpc from '@grpc/grpc-js';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from '@jest/globals';
import type { ServedMethod } from '../../../../src/remote/rpc/served-method.ts';
import { answerOf } from '../support/raw-client.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { asManager, authority, echo, hang, manager, Opened, tls } from '../support/serving.ts';

const opened = new Opened();
afterEach(() => opened.close());

const RESOURCE_EXHAUSTED = 8;

async function socketTo(address: string): Promise<Socket> {
  const { hostname, port } = new URL(`http://${address}`);
  const socket = connect(Number(port), hostname);
  opened.add({ close: () => socket.destroy() });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

test('[V7] a request that is too large, and one that unpacks to too much, are refused', async () => {
  const server = await opened.server([echo], { limits: { requestBytes: 1000 } });
  const client = opened.client(server.address);
  expect((await client.call(echo.path, Buffer.alloc(1000))).code).toBe(0);
  expect((await client.call(echo.path, Buffer.alloc(1001))).code).toBe(RESOURCE_EXHAUSTED);
  const raw = opened.add(await RawConnection.open(server.address));
  const bomb = gzipSync(Buffer.alloc(1 << 20));
  const { status } = await raw.call(echo.path, bomb, { compressed: true, headers: { 'grpc-encoding': 'gzip' } });
  expect(status).toBe(RESOURCE_EXHAUSTED);
});

test('[V7] metadata that is too large is refused', async () => {
  const server = await opened.server([echo], { limits: { metadataBytes: 2000 } });
  const metadata = new grpc.Metadata();
  metadata.set('text', 'x'.repeat(2000));
  const client = opened.client(server.address);
  expect(await client.call(echo.path, undefined, metadata)).toMatchObject({ code: RESOURCE_EXHAUSTED, messages: [] });
  expect((await client.call(echo.path)).code).toBe(0);
});

test('[V7] a peer has so many open calls, however many connections it makes', async () => {
  const server = await opened.server([hang, echo], { tls, limits: { streamsPerPeer: 2 } });
  const one = opened.client(server.address, asManager);
  const two = opened.client(server.address, asManager);
  const streams = [one, two].map((client) => client.stream(hang.path));
  for (const stream of streams) stream.on('error', () => undefined);
  await Promise.all(streams.map((stream) => once(stream, 'data')));
  expect(await one.call(echo.path)).toMatchObject({
    code: RESOURCE_EXHAUSTED,
    details: 'this peer has 2 open calls, and no more',
  });
  // Another peer is not affected.
  const own = authority.issue('other', { unit: 'swarm-manager' });
  expect((await opened.client(server.address, { ca: authority.ca, own }).call(echo.path)).code).toBe(0);
  const ended = answerOf(streams[0] as grpc.ClientReadableStream<Buffer>);
  streams[0]?.cancel();
  await ended;
  while (server.stats().streams > 1) await new Promise((resolve) => setImmediate(resolve));
  expect((await two.call(echo.path)).code).toBe(0);
});

test('[V7] connections beyond the limit are closed at once, and there is room again when one ends', async () => {
  const server = await opened.server([echo], { limits: { connections: 2 } });
  const first = await socketTo(server.address);
  await socketTo(server.address);
  const third = await socketTo(server.address);
  await once(third, 'close');
  expect(server.stats()).toMatchObject({ connections: 2, refused: 1 });
  first.destroy();
  while (server.stats().connections > 1) await new Promise((resolve) => setImmediate(resolve));
  expect((await opened.client(server.address).call(echo.path)).code).toBe(0);
});

test('[V13] a connection that sends garbage, or ends in the middle, disturbs nobody', async () => {
  for (const certificates of [undefined, tls]) {
    const server = await opened.server([echo], { tls: certificates });
    const client = opened.client(server.address, certificates === undefined ? undefined : asManager);
    for (const bytes of [
      Buffer.alloc(4096, 0xff),
      Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\x01\x05\x00\x00\x00\x01', 'latin1'),
      Buffer.from([0x16, 0x03, 0x01, 0xff, 0xff, 0x01]),
    ]) {
      const socket = await socketTo(server.address);
      socket.end(bytes);
      socket.resume();
      await once(socket, 'close');
    }
    expect((await client.call(echo.path)).code).toBe(0);
    while (server.stats().connections > 1) await new Promise((resolve) => setImmediate(resolve));
  }
});

test('[V13] a request that cannot be decoded, and two in one call, are answered with a status', async () => {
  const server = await opened.server([echo]);
  const raw = opened.add(await RawConnection.open(server.address));
  expect((await raw.call(echo.path, undefined)).status).toBe(12);
  expect((await raw.call('/nothing', Buffer.alloc(0))).status).toBe(12);
  expect((await raw.call(echo.path, Buffer.from('x'), { headers: { 'content-type': 'text/plain' } })).http).toBe(415);
});

test('[V13] a handshake that does not go on is ended', async () => {
  const server = await opened.server([echo], { tls, limits: { handshakeMs: 50 } });
  const socket = await socketTo(server.address);
  await once(socket, 'close');
  while (server.problems.length === 0) await new Promise((resolve) => setImmediate(resolve));
});

test('[V13] a link that answers no ping is ended with its streams', async () => {
  const server = await opened.server([hang], { tls, limits: { keepaliveMs: 60 } });
  const { hostname, port } = new URL(`http://${server.address}`);
  const socket = connectTls({
    ...{ host: hostname, port: Number(port), ca: authority.ca, cert: manager.certificate, key: manager.key },
    ALPNProtocols: ['h2'],
  });
  opened.add({ close: () => socket.destroy() });
  await once(socket, 'secureConnect');
  // Nothing is ever sent or read: the other machine is gone.
  socket.pause();
  while (server.stats().connections === 0) await new Promise((resolve) => setImmediate(resolve));
  while (server.stats().connections > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

/** Sends messages of that size as fast as the reader takes them. */
function flood(bytes: number): ServedMethod {
  return {
    path: '/test.Test/Flood',
    answer: async (_, { signal }, send) => {
      while (!signal.aborted) await send(Buffer.alloc(bytes));
    },
  };
}

test('[V8] a stream goes as fast as its reader: only one message waits for it', async () => {
  const server = await opened.server([flood(1 << 20), echo]);
  const raw = opened.add(await RawConnection.open(server.address));
  const stream = raw.unread(flood(0).path);
  while (server.stats().unsentBytes === 0) await new Promise((resolve) => setImmediate(resolve));
  expect((await opened.client(server.address).call(echo.path)).code).toBe(0);
  expect(server.stats()).toMatchObject({ streams: 1, cut: 0, unsentBytes: (1 << 20) + 5 });
  stream.close();
  while (server.stats().streams > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(server.stats().unsentBytes).toBe(0);
});

test('[V8] a stream to which more is sent than its limit is cut', async () => {
  const impatient: ServedMethod = {
    path: '/test.Test/Impatient',
    answer: async (_, __, send) => {
      await Promise.all(Array.from({ length: 10 }, () => send(Buffer.alloc(100_000))));
    },
  };
  const server = await opened.server([impatient], { limits: { streamBytes: 500_000 } });
  const { code } = await opened.client(server.address).call(impatient.path);
  expect(code).toBe(RESOURCE_EXHAUSTED);
  expect(server.stats()).toMatchObject({ cut: 1, unsentBytes: 0 });
});

test('[V9] beyond the limit of all streams the one that sent nothing for the longest time is cut', async () => {
  const server = await opened.server([flood(200_000), echo], { limits: { totalBytes: 1_000_000 } });
  const raw = opened.add(await RawConnection.open(server.address));
  const codes: number[] = [];
  const client = opened.client(server.address);
  for (let started = 0; started < 20; started += 1) {
    const stream = raw.unread(flood(0).path);
    stream.once('close', () => codes.push(stream.rstCode));
    expect((await client.call(echo.path, Buffer.alloc(10_000))).code).toBe(0);
  }
  while (codes.length < 10) await new Promise((resolve) => setImmediate(resolve));
  expect(server.stats().unsentBytes).toBeLessThanOrEqual(1_000_000);
  expect(server.stats().cut).toBeGreaterThanOrEqual(10);
  // ENHANCE_YOUR_CALM, which clients of gRPC take as RESOURCE_EXHAUSTED.
  expect(new Set(codes)).toEqual(new Set([11]));
});

test('[V9] one message may be larger than the limit of all streams', async () => {
  const server = await opened.server([echo], { limits: { totalBytes: 1000 } });
  const { code, messages } = await opened.client(server.address).call(echo.path, Buffer.alloc(1 << 20));
  expect([code, messages[0]?.length]).toEqual([0, 1 << 20]);
});
