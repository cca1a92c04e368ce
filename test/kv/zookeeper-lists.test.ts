import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
import { ZookeeperCluster } from '../../scripts/engines/zookeeper-cluster.ts';
import { MultiRead } from '../../src/kv/zookeeper/connection/multi-read.ts';
import { runningServer } from '../support/running-server.ts';
import { ZookeeperRequests } from '../support/zookeeper-requests.ts';
import { describeWithZookeeper } from '../support/zookeeper-server.ts';

const keyOf = (number: number): string => `many/${String(number).padStart(8, '0')}`;

describeWithZookeeper((program) => {
  const server = runningServer(() => ZookeeperCluster.start(program, { synced: false }));
  let requests: ZookeeperRequests;
  let kv: KvStore | undefined;

  beforeEach(async () => {
    requests = await ZookeeperRequests.start(server().endpoint);
  });
  afterEach(async () => {
    await kv?.close();
    await requests.stop();
  });

  async function openWith(count: number, prefix: string): Promise<KvStore> {
    kv = await createStore('zookeeper', [requests.endpoint], { prefix });
    for (let first = 0; first < count; first += 50) {
      await kv.transaction(
        [],
        Array.from(
          { length: 50 },
          (_, at) => ({ type: 'put', key: keyOf(first + at), value: `v${first + at}` }) as const,
        ),
      );
    }
    requests.numbers = [];
    return kv;
  }

  async function expectLists(store: KvStore): Promise<void> {
    const all = await store.list('many');
    expect(all.map(({ key, value }) => [key, Buffer.from(value).toString()])).toEqual(
      Array.from({ length: 300 }, (_, number) => [keyOf(number), `v${number}`]),
    );
    const some = await store.list('many', { after: keyOf(99), limit: 120 });
    expect(some).toEqual(all.slice(100, 220));
  }

  test('[Q154] a list on ZooKeeper reads many nodes with one request', async () => {
    await expectLists(await openWith(300, 'lists/new'));
    expect(requests.count('multiRead')).toBeGreaterThan(4);
    expect(requests.count('multiRead')).toBeLessThan(20);
    expect(requests.count('getData')).toBe(0);
  });

  test('[Q154] a server of ZooKeeper that does not know this request is asked node by node', async () => {
    requests.isOld = true;
    const store = await openWith(300, 'lists/old');
    await expectLists(store);
    expect(requests.count('multiRead')).toBe(0);
    expect(requests.count('unknown')).toBe(0);
    expect(requests.count('getData')).toBeGreaterThan(420);
  });
});

test('[Q152] an answer for several nodes tells the error of each, and one that is cut off is none', () => {
  const request = new MultiRead(['/a', '/b']);
  request.header.xid = 7;
  const node = Buffer.alloc(9 + 4 + 3 + 68);
  node.writeInt32BE(4, 0);
  node.writeInt32BE(3, 9);
  node.write('abc', 13);
  node.writeInt32BE(5, 16 + 32);
  const error = Buffer.alloc(9 + 4);
  error.writeInt32BE(-1, 0);
  error.writeInt32BE(-102, 9);
  const packet = Buffer.concat([Buffer.alloc(20), node, error, Buffer.alloc(9)]);
  packet.writeInt32BE(7, 4);
  expect(request.isAnsweredBy(packet)).toBe(true);
  expect(request.answerOf(packet)).toEqual([
    expect.objectContaining({ data: Buffer.from('abc'), stat: expect.objectContaining({ version: 5 }) as unknown }),
    -102,
  ]);
  for (let length = 21; length < packet.length - 9; length++)
    expect(() => request.answerOf(packet.subarray(0, length))).toThrow(expect.objectContaining({ name: 'RangeError' }));
  packet.writeInt32BE(-6, 16);
  expect(request.isAnsweredBy(packet)).toBe(false);
});
