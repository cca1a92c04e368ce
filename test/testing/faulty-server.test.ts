import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { faultyServer } from 'swarmstate/testing';
import type { ConnectionFault, FaultyServerOptions } from 'swarmstate/testing';

const text = 'abcdefghij'.repeat(200);
let server: Server;
beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
});

/** The answers of several connections, one after the other. A stalled one is ended from here. */
async function answers(options: Partial<FaultyServerOptions>, count: number) {
  await using proxy = await faultyServer({
    target: { port: (server.address() as AddressInfo).port, host: '127.0.0.1' },
    ...options,
  });
  const texts: string[] = [];
  for (let n = 0; n < count; n++) {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.setEncoding('latin1');
    let answer = '';
    socket.on('data', (part) => {
      answer += String(part);
      const fault = proxy.faults[n];
      if (fault?.kind === 'stall' && answer.length >= fault.after) socket.destroy();
    });
    socket.on('connect', () => socket.write('x'));
    if (options.plan?.(n)?.kind === 'stall' && options.plan(n)?.after === 0) socket.destroy();
    await once(socket, 'close');
    texts.push(answer);
  }
  return { texts, faults: [...proxy.faults] };
}

test('[K15] a faulty server cuts, stalls and garbles where the plan says, and passes the rest on', async () => {
  const plans: (ConnectionFault | undefined)[] = [
    undefined,
    { kind: 'cut', after: 0 },
    { kind: 'cut', after: 17 },
    { kind: 'stall', after: 5 },
    { kind: 'garble', after: 3 },
  ];
  const { texts } = await answers({ plan: (n) => plans[n] }, plans.length);
  expect(texts.slice(0, 4)).toEqual([text, '', text.slice(0, 17), text.slice(0, 5)]);
  const garbled = texts[4]!;
  expect(garbled).toHaveLength(text.length);
  expect(Array.from(garbled).filter((letter, at) => letter !== text[at])).toEqual(['l']);
});

test('[K15] the same seed gives the same faults, and a rate does not move other faults', async () => {
  const rates = { cut: 0.3, garble: 0.3 };
  const [first, second] = [await answers({ seed: 5, rates }, 30), await answers({ seed: 5, rates }, 30)];
  expect(first.faults).toEqual(second.faults);
  expect(new Set(first.faults.map((fault) => fault?.kind))).toEqual(new Set(['cut', 'garble', undefined]));
  const { faults } = await answers({ seed: 5, rates: { cut: 0.3 } }, 30);
  const cuts = (all: readonly (ConnectionFault | undefined)[]): unknown[] =>
    all.map((fault) => (fault?.kind === 'cut' ? fault : undefined));
  expect(cuts(faults)).toEqual(cuts(first.faults));
});

test('[K15] what comes while a faulty server is held arrives when it is released', async () => {
  await using proxy = await faultyServer({
    target: { port: (server.address() as AddressInfo).port, host: '127.0.0.1' },
    rates: {},
  });
  proxy.hold();
  const socket = connect(proxy.port, '127.0.0.1');
  socket.setEncoding('latin1');
  let answer = '';
  socket.on('data', (part) => (answer += String(part)));
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate);
  expect(answer).toBe('');
  proxy.release();
  await closed;
  expect(answer).toBe(text);
});
