/** A process with many readers of one server. The process tells that all of them watch, or have got every message. */
import * as grpc from '@grpc/grpc-js';
import { WatchRequest } from 'swarmstate/proto';
import type { WatchActionKind } from 'swarmstate/proto';

/** An order to the readers: `open` them, `count` messages up to that number for each, or `close` them. */
export type ReadersOrder =
  | { readonly open: string; readonly path: string; readonly readers: number; readonly connections: number }
  | { readonly count: number }
  | { readonly close: true };

const identity = (bytes: Buffer): Buffer => bytes;
const request = Buffer.from(WatchRequest.encode({ entries: [{ kind: 'task', action: 7 as WatchActionKind }] }));

let clients: grpc.Client[] = [];
let streams: grpc.ClientReadableStream<Buffer>[] = [];
let received = 0;
let wanted = Infinity;
let readers = 0;

function take(): void {
  received += 1;
  if (received === wanted) process.send?.('done');
}

/** Ends the readers. A client that is closed lets its calls go on. */
function end(): void {
  for (const stream of streams) stream.cancel();
  for (const client of clients) client.close();
  streams = [];
}

function open(order: Extract<ReadersOrder, { open: string }>): void {
  end();
  readers = order.readers;
  let waiting = readers;
  clients = Array.from(
    { length: order.connections },
    () =>
      new grpc.Client(order.open, grpc.credentials.createInsecure(), {
        'grpc.use_local_subchannel_pool': 1,
        'grpc.enable_retries': 0,
      }),
  );
  for (let reader = 0; reader < readers; reader += 1) {
    const client = clients[reader % clients.length] as grpc.Client;
    const stream = client.makeServerStreamRequest(order.path, identity, identity, request);
    let isFirst = true;
    stream.on('data', () => {
      if (!isFirst) {
        take();
        return;
      }
      isFirst = false;
      waiting -= 1;
      if (waiting === 0) process.send?.('ready');
    });
    stream.on('error', () => undefined);
    streams.push(stream);
  }
}

process.on('message', (order: ReadersOrder) => {
  if ('open' in order) open(order);
  else if ('count' in order) {
    received = 0;
    wanted = order.count * readers;
    process.send?.('counting');
  } else {
    end();
    process.disconnect();
  }
});
