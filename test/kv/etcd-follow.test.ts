import { expect, test } from '@jest/globals';
import { followEtcd } from '../../src/kv/etcd/follow.ts';
import { MessageReader, MessageWriter } from '../support/message-bytes.ts';
import { decodeRangeResponse, encodeWatchRequest } from '../../src/kv/etcd/generated/rpc.ts';
import type { WatchRequest } from '../../src/kv/etcd/generated/rpc.ts';
import type { EtcdConnection, EtcdStream } from '../../src/kv/etcd/connection.ts';

const header = (revision: bigint): Buffer => new MessageWriter().integer(3, revision).finish();
const pair = (key: string, revision: bigint): Buffer =>
  new MessageWriter()
    .bytes(1, Buffer.from(key))
    .integer(3, revision)
    .bytes(5, Buffer.from(`v${revision}`))
    .finish();
const listing = (revision: bigint, ...pairs: Buffer[]): Buffer =>
  pairs.reduce((message, each) => message.message(2, each), new MessageWriter().message(1, header(revision))).finish();
const event = (key: string, revision: bigint): Buffer =>
  new MessageWriter()
    .message(1, header(revision))
    .message(11, new MessageWriter().message(2, pair(key, revision)).finish())
    .finish();
const compacted = new MessageWriter().message(1, header(90n)).flag(4, true).integer(5, 80n).finish();

/**
 * A connection that gives these answers to reads and these messages of streams, in order; notes the asked revisions.
 */
function scripted(
  reads: Buffer[],
  streams: (readonly Buffer[] | Error)[],
): { readonly connection: EtcdConnection; readonly starts: bigint[] } {
  const starts: bigint[] = [];
  const connection = {
    call: async () => decodeRangeResponse(reads.shift()!),
    stream: async (): Promise<EtcdStream<WatchRequest>> => {
      const messages = streams.shift()!;
      return {
        messages: (async function* () {
          if (messages instanceof Error) throw messages;
          yield* messages;
        })(),
        send: (request) => void starts.push(new MessageReader(encodeWatchRequest(request)).message(1).integer(3)),
        end: () => undefined,
        failed: () => undefined,
      };
    },
  };
  return { connection: connection as unknown as EtcdConnection, starts };
}

test('[Q27] a watch on etcd whose stream broke goes on at the next revision, without a second state', async () => {
  const broken = Object.assign(new Error('broken'), { code: 14, details: 'broken' });
  const { connection, starts } = scripted(
    [listing(10n, pair('a', 7n)), listing(12n), listing(12n)],
    [[event('a', 12n)], broken, [event('a', 13n)]],
  );
  const controller = new AbortController();
  const steps = followEtcd(connection, { key: 'a' }, 10_000, controller.signal);
  const seen = [await steps.next(), await steps.next(), await steps.next()].map(
    ({ value }) => value?.changes?.[0]?.pair?.lastIndex,
  );
  expect(seen).toEqual([undefined, 12n, 13n]);
  expect(starts).toEqual([11n, 13n, 13n]);
  controller.abort();
  await steps.return();
});

test('[Q27] a watch on etcd gives the state again after a compacted history, and after a server lost data', async () => {
  const { connection, starts } = scripted(
    [listing(10n), listing(100n, pair('a', 95n)), listing(5n), listing(5n, pair('a', 4n))],
    [[compacted], [], []],
  );
  const controller = new AbortController();
  const steps = followEtcd(connection, { key: 'a' }, 10_000, controller.signal);
  const seen = [await steps.next(), await steps.next(), await steps.next()].map(
    ({ value }) => value?.state?.[0]?.lastIndex,
  );
  expect(seen).toEqual([undefined, 95n, 4n]);
  expect(starts).toEqual([11n, 101n]);
  controller.abort();
  await steps.return();
});
