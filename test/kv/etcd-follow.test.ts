import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvEvent, KvStore, KvWatcher } from 'swarmstate/kv';
import { FakeEtcd, canceled, changed, created, listing, pair, refusal, watchAsked } from '../support/fake-etcd.ts';
import type { FakeStream } from '../support/fake-etcd.ts';

let fake: FakeEtcd;
let kv: KvStore;
beforeEach(async () => {
  fake = await FakeEtcd.start();
  kv = await createStore('etcd', [fake.endpoint], { timeoutMs: 500, reconnectMs: 5000 });
});
afterEach(async () => {
  await kv.close();
  fake.stop();
});

/** Answers reads and streams in order; notes the revisions at which states are read and from which watches start. */
function script(
  reads: (Buffer | Error)[],
  streams: ((stream: FakeStream, id: bigint) => void)[],
): { readonly starts: bigint[]; readonly readAt: bigint[] } {
  const starts: bigint[] = [];
  const readAt: bigint[] = [];
  fake
    .answer('KV/Range', (request) => {
      readAt.push(request.integer(4));
      const answer = reads.shift();
      if (!Buffer.isBuffer(answer)) throw answer ?? refusal(11, 'no more reads');
      return answer;
    })
    .stream('Watch/Watch', (stream) => {
      const run = streams.shift();
      stream.on('data', (request: Buffer) => {
        const asked = watchAsked(request);
        if (!('create' in asked)) return;
        starts.push(asked.create.start);
        stream.write(created(asked.create.id, 1000n));
        run?.(stream, asked.create.id);
      });
    });
  return { starts, readAt };
}

/** Sends a message, and breaks the stream behind it. */
const last = (stream: FakeStream, message: Buffer): void =>
  void stream.write(message, () => setTimeout(() => stream.emit('error', refusal(14, 'broken')), 20));

async function told(watcher: KvWatcher<KvEvent>): Promise<string> {
  const { value, done } = await watcher.next();
  if (done === true) return 'the end';
  return `${value.type} ${value.pair?.lastIndex ?? ''}`.trim();
}

test('[Q27] a watch on etcd whose stream broke goes on at the next revision, without a second state', async () => {
  const { starts, readAt } = script(
    [
      listing(10n, pair('a', 7n)),
      // The state that the watch knows is still that of the servers: numbers, then the newest value.
      listing(14n, pair('a', 12n, '')),
      listing(14n, pair('a', 12n, 'v12')),
    ],
    [
      (stream, id) => {
        last(stream, changed(id, 12n, [pair('a', 12n)]));
      },
      (stream, id) => stream.write(changed(id, 13n, [pair('a', 13n)])),
    ],
  );
  const watcher = kv.watch('a');
  expect([await told(watcher), await told(watcher), await told(watcher)]).toEqual(['put 7', 'put 12', 'put 13']);
  expect(starts).toEqual([11n, 13n]);
  expect(readAt).toEqual([0n, 12n, 12n]);
});

test('[Q27] a watch on etcd gives the state again after a compacted history, or after a server lost data', async () => {
  const { starts } = script(
    [
      listing(10n),
      listing(100n, pair('a', 95n)),
      // The server is at the revision 5: it has no revision 100.
      refusal(11, 'etcdserver: mvcc: required revision is a future revision'),
      listing(5n, pair('a', 4n)),
    ],
    [(stream, id) => stream.write(canceled(id, 90n, '', 80n)), (stream, id) => last(stream, changed(id, 100n, []))],
  );
  const watcher = kv.watch('a');
  expect([await told(watcher), await told(watcher)]).toEqual(['put 95', 'put 4']);
  expect(starts.slice(0, 2)).toEqual([11n, 101n]);
});

test('[Q27] a message without changes does not move a watch on etcd', async () => {
  const { starts } = script(
    [listing(10n, pair('a', 7n)), listing(10n, pair('a', 7n, '')), listing(10n, pair('a', 7n))],
    [
      (stream, id) => {
        // The server says that it has nothing, and breaks off.
        last(stream, changed(id, 10n, []));
      },
      (stream, id) => stream.write(changed(id, 11n, [pair('a', 11n)])),
    ],
  );
  const watcher = kv.watch('a');
  expect([await told(watcher), await told(watcher)]).toEqual(['put 7', 'put 11']);
  expect(starts).toEqual([11n, 11n]);
});

test('[Q70] a watch on etcd whose servers lost data and have grown since gives the state again', async () => {
  for (const [numbers, value] of [
    // Another write of the key, no key, a further key, and the same number with another value.
    [[pair('t/a', 11n, '')], undefined],
    [[], undefined],
    [[pair('t/a', 12n, ''), pair('t/b', 3n, '')], undefined],
    [[pair('t/a', 12n, '')], 'another'],
  ] as const) {
    const { starts } = script(
      [
        listing(10n),
        listing(20n, ...numbers),
        ...(value === undefined ? [] : [listing(20n, pair('t/a', 12n, value))]),
        listing(20n, pair('t/new', 19n)),
      ],
      [
        (stream, id) => {
          last(stream, changed(id, 12n, [pair('t/a', 12n)]));
        },
      ],
    );
    // A store of its own: its watch does not come to the stream of the one before.
    const one = await createStore('etcd', [fake.endpoint], { timeoutMs: 500 });
    const watcher = one.watchTree('t');
    const listed = async (): Promise<string> => ((await watcher.next()).value ?? []).map(({ key }) => key).join();
    expect([await listed(), await listed(), await listed()]).toEqual(['', 't/a', 't/new']);
    expect(starts[0]).toBe(11n);
    await one.close();
  }
});

test('[Q70] a watch on etcd that is confirmed at an older revision than asked for gives the state again', async () => {
  script([listing(10n, pair('a', 7n)), listing(5n, pair('a', 4n))], []);
  let watches = 0;
  fake.stream('Watch/Watch', (stream) =>
    stream.on('data', (request: Buffer) => {
      const asked = watchAsked(request);
      if ('create' in asked) stream.write(created(asked.create.id, watches++ === 0 ? 5n : 1000n));
    }),
  );
  const watcher = kv.watch('a');
  expect([await told(watcher), await told(watcher)]).toEqual(['put 7', 'put 4']);
});

test('[Q63] the fragments of a message of etcd are put together: no revision is told in two steps', async () => {
  script(
    [listing(10n)],
    [
      (stream, id) => {
        stream.write(changed(id, 12n, [pair('t/a', 11n), pair('t/b', 12n)], true));
        stream.write(changed(id, 12n, [pair('t/c', 12n)], true));
        stream.write(changed(id, 12n, [pair('t/d', 12n)]));
      },
    ],
  );
  const watcher = kv.watchTree('t');
  const listed = async (): Promise<string> => ((await watcher.next()).value ?? []).map(({ key }) => key).join();
  expect([await listed(), await listed(), await listed()]).toEqual(['', 't/a', 't/a,t/b,t/c,t/d']);
});
