/** A process with many readers of one server. The process tells that all of them watch, or have got every message. */
import { Agent, get } from 'node:http';
import * as grpc from '@grpc/grpc-js';
import { WatchRequest } from 'swarmstate/proto';
import type { WatchActionKind } from 'swarmstate/proto';
import { paths } from './ways.ts';
import type { ReadersOrder } from './ways.ts';

const identity = (bytes: Buffer): Buffer => bytes;
const requests = {
  watch: Buffer.from(WatchRequest.encode({ entries: [{ kind: 'task', action: 7 as WatchActionKind }] })),
  // All that the server shows.
  follow: Buffer.alloc(0),
} as const;
/** The first bytes of messages of Follow: the tags of their fields `live` and `commit`. */
const LIVE = 0x1a;
const COMMIT = 0x22;

let clients: grpc.Client[] = [];
let closings: (() => void)[] = [];
let received = 0;
let wanted = Infinity;
let readers = 0;
let waiting = 0;

function take(): void {
  received += 1;
  if (received === wanted) process.send?.('done');
}

function stands(): void {
  waiting -= 1;
  if (waiting === 0) process.send?.('ready');
}

/** Ends the readers. A client that is closed lets its calls go on. */
function end(): void {
  for (const close of closings) close();
  for (const client of clients) client.close();
  closings = [];
  clients = [];
}

function openCall(client: grpc.Client, way: 'watch' | 'follow'): void {
  const stream = client.makeServerStreamRequest(paths[way], identity, identity, requests[way]);
  let isFirst = true;
  stream.on('data', (bytes: Buffer) => {
    if (way === 'follow') {
      if (bytes[0] === LIVE) stands();
      else if (bytes[0] === COMMIT) take();
      return;
    }
    if (isFirst) stands();
    else take();
    isFirst = false;
  });
  stream.on('error', () => undefined);
  closings.push(() => {
    stream.cancel();
  });
}

function openEvents(address: string, agent: Agent): void {
  const request = get(`http://${address}/`, { agent }, (response) => {
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      const events = `${rest}${text}`.split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        if (event.startsWith('event: live')) stands();
        else if (event.startsWith('event: commit')) take();
      }
    });
    response.on('error', () => undefined);
  });
  request.on('error', () => undefined);
  closings.push(() => {
    request.destroy();
  });
}

function open({ open: address, way, readers: count, connections }: Extract<ReadersOrder, { open: string }>): void {
  end();
  readers = count;
  waiting = count;
  if (way === 'events') {
    const agent = new Agent({ maxSockets: Infinity });
    for (let reader = 0; reader < count; reader += 1) openEvents(address, agent);
    return;
  }
  const options = { 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_retries': 0 };
  clients = Array.from(
    { length: connections },
    () => new grpc.Client(address, grpc.credentials.createInsecure(), options),
  );
  for (let reader = 0; reader < count; reader += 1) openCall(clients[reader % connections] as grpc.Client, way);
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
