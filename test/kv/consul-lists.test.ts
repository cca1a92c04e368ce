import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvPair, KvStore } from 'swarmstate/kv';
import { ConsulCluster } from '../../scripts/engines/consul-cluster.ts';
import { describeWithConsul } from '../support/consul-server.ts';
import { runningServer } from '../support/running-server.ts';

const values = 1000;
const numbers = Array.from({ length: 400 }, (_, number) => number);
const numbered = (number: number): string => `many/${String(number).padStart(16, '0')}`;
/** No two of these names begin alike. */
const unlike = (number: number): string => `unlike/${String.fromCodePoint(0x4e00 + number)}`;

describeWithConsul((program) => {
  const server = runningServer(() => ConsulCluster.start(program));
  let proxy: Server;
  /** The bytes of all answers. */
  let answered = 0;
  let kv: KvStore;

  beforeEach(async () => {
    proxy = createServer((request, response) => {
      const { method, headers, url } = request;
      const onward = send(`${server().endpoint}${url}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.on('data', (part: Buffer) => (answered += part.length));
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    kv = await createStore('consul', [`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`], {
      prefix: 'lists',
    });
  });
  afterEach(async () => {
    await kv.close();
    proxy.closeAllConnections();
    proxy.close();
    await once(proxy, 'close');
  });

  async function fill(keyOf: (number: number) => string): Promise<void> {
    for (let first = 0; first < numbers.length; first += 50) {
      const keys = numbers.slice(first, first + 50).map(keyOf);
      await kv.transaction(
        [],
        keys.map((key) => ({ type: 'put', key, value: new Uint8Array(values).fill(7) }) as const),
      );
    }
  }

  const keysOf = (pairs: readonly KvPair[]): readonly string[] => pairs.map(({ key }) => key);

  test('[Q123] a bounded list on Consul brings the values of its keys alone, also of many', async () => {
    await fill(numbered);
    answered = 0;
    const all = await kv.list('many');
    expect(keysOf(all)).toEqual(numbers.map(numbered));
    const whole = answered;
    for (const [options, expected] of [
      [{ after: numbered(98), limit: 100 }, all.slice(99, 199)],
      [{ before: numbered(202), limit: 100, reverse: true }, all.slice(102, 202).reverse()],
      [{ after: numbered(110), before: numbered(209) }, all.slice(111, 209)],
    ] as const) {
      answered = 0;
      expect(await kv.list('many', options)).toEqual(expected);
      // A quarter of the values, and the names.
      expect(answered).toBeLessThan(0.4 * whole);
    }
  });

  test('[Q123] a bounded list on Consul of keys that begin in many ways is whole', async () => {
    await fill(unlike);
    const all = await kv.list('unlike');
    expect(keysOf(all)).toEqual(numbers.map(unlike));
    for (const limit of [10, 63, 64, 200, 300, 500])
      expect(await kv.list('unlike', { limit })).toEqual(all.slice(0, limit));
  });
});
