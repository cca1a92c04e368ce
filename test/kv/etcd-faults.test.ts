import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';

/** Starts a server that calls `treat` with each connection. */
async function server(treat: (socket: Socket) => void): Promise<{ readonly endpoint: string; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const listening = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    treat(socket);
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      listening.close();
      await once(listening, 'close');
    },
  };
}

const treatments: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['that sends garbage', (socket) => void socket.write('HTTP/1.1 200 OK\r\n\r\ngarbage'.repeat(100))],
  ['that closes each connection', (socket) => socket.destroy()],
  ['that never answers', (socket) => void socket.resume()],
];

test.each(treatments)(
  '[Q17] with a server %s in the place of etcd, calls and watches reject with ERR_KV_NOT_REACHABLE',
  async (_, treat) => {
    const { endpoint, stop } = await server(treat);
    const kv = await createStore('etcd', [endpoint], { timeoutMs: 300, reconnectMs: 300 });
    await expect(kv.get('a')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    await expect(kv.put('a', 'b')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    await expect(kv.watch('a').next()).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    const controller = new AbortController();
    const aborted = kv.get('a', { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    await kv.close();
    await stop();
  },
);

test('[Q14] an absent server of etcd is ERR_KV_NOT_REACHABLE within the timeout, with the cause', async () => {
  const { endpoint, stop } = await server(() => undefined);
  await stop();
  const kv = await createStore('etcd', [endpoint], { timeoutMs: 300, reconnectMs: 300 });
  const refused = { code: 'ERR_KV_NOT_REACHABLE', message: expect.stringContaining('ECONNREFUSED') as unknown };
  await expect(kv.get('a')).rejects.toMatchObject(refused);
  await expect(kv.put('a', 'b', { ttl: 1000 })).rejects.toMatchObject(refused);
  await expect(kv.watch('a').next()).rejects.toMatchObject(refused);
  // close() does not wait for the timeout.
  const patient = await createStore('etcd', [endpoint], { timeoutMs: 1_000_000 });
  const waiting = [patient.get('a'), patient.put('a', 'b')].map((call) =>
    expect(call).rejects.toMatchObject({ code: 'ERR_KV_CLOSED' }),
  );
  const watching = patient.watch('a').next();
  await patient.close();
  await Promise.all(waiting);
  expect(await watching).toEqual({ done: true, value: undefined });
  await kv.close();
});
