/** A process that attacks a served store in one way until it is ended. The process tells when the attack stands. */
import * as grpc from '@grpc/grpc-js';
import { WatchRequest } from 'swarmstate/proto';
import type { WatchActionKind } from 'swarmstate/proto';
import { paths } from './ways.ts';
import type { AttackOrder } from './ways.ts';

const PER_CONNECTION = 100;
const identity = (bytes: Buffer): Buffer => bytes;
const everything = Buffer.from(WatchRequest.encode({ entries: [{ kind: 'task', action: 7 as WatchActionKind }] }));

function ofNode(node: number): Buffer {
  const entry = { kind: 'task', action: 7 as WatchActionKind, filters: [{ nodeId: `node-${node}` }] };
  return Buffer.from(WatchRequest.encode({ entries: [entry] }));
}

function clientsOf(address: string, count: number): readonly grpc.Client[] {
  const options = { 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_retries': 0 };
  return Array.from({ length: count }, () => new grpc.Client(address, grpc.credentials.createInsecure(), options));
}

function call(client: grpc.Client, bytes: Buffer): grpc.ClientReadableStream<Buffer> {
  const stream = client.makeServerStreamRequest(paths.watch, identity, identity, bytes);
  stream.on('error', () => undefined);
  return stream;
}

function watches(clients: readonly grpc.Client[], count: number, isRead: boolean): void {
  let standing = 0;
  for (let number = 0; number < count; number += 1) {
    const stream = call(clients[number % clients.length] as grpc.Client, isRead ? ofNode(number) : everything);
    stream.once('data', () => {
      standing += 1;
      // A stream that is paused reads nothing, and its window fills.
      if (!isRead) stream.pause();
      if (standing === count) process.send?.('stands');
    });
  }
}

/** Opens and cancels streams, so many at once, as fast as the client can. */
function resets(clients: readonly grpc.Client[], count: number): void {
  let done = 0;
  const again = (client: grpc.Client): void => {
    const stream = call(client, everything);
    stream.once('data', () => {
      stream.cancel();
    });
    stream.once('close', () => {
      done += 1;
      if (done === count) process.send?.('stands');
      setImmediate(again, client);
    });
  };
  for (let number = 0; number < count; number += 1) again(clients[number % clients.length] as grpc.Client);
}

process.once('message', ({ address, attack, count }: AttackOrder) => {
  const clients = clientsOf(address, Math.ceil(count / PER_CONNECTION));
  if (attack === 'resets') resets(clients, count);
  else watches(clients, count, attack === 'watches');
});
process.on('disconnect', () => process.exit(0));
