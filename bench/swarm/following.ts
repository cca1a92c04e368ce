import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { WatchMessage } from 'swarmstate/proto';
import { followSwarm } from 'swarmstate/swarm';
import { WatchService } from '../../src/grpc/generated/api.ts';
import { serverStream } from '../../src/grpc/calls.ts';
import type { ManagerPlace } from './manager-process.ts';

/** Messages of a manager in a second. Each message is a change of one task. */
export interface FollowingFigure {
  readonly tasks: number;
  readonly messages: number;
  readonly bytesPerMessage: number;
  /** The stream alone: the messages stay bytes. The bound of the transport. */
  readonly stream: number;
  /** The stream, and decoding each message. */
  readonly decoded: number;
  /** `followSwarm` with a watcher that reads every event. */
  readonly followed: number;
}

/** Opens a stream of messages, and calls `take` with each. */
function bareWatch(place: ManagerPlace, take: (bytes: Buffer) => void): Promise<() => void> {
  const credentials = grpc.credentials.createSsl(Buffer.from(place.ca));
  const options = { 'grpc.ssl_target_name_override': 'swarm-manager', 'grpc.default_authority': 'swarm-manager' };
  const client = new grpc.Client(`unix:${place.path}`, credentials, options);
  const stream = serverStream(client, WatchService.watch, { entries: [{ kind: 'task' }] });
  return new Promise((resolve, reject) => {
    stream.on('error', (error: grpc.ServiceError) => {
      if (error.code !== grpc.status.CANCELLED) reject(error);
    });
    let stands = false;
    stream.on('data', (bytes: Buffer) => {
      if (stands) take(bytes);
      stands = true;
      resolve(() => {
        stream.cancel();
        client.close();
      });
    });
  });
}

/** Sends the messages to one reader; gives the messages in a second, from the first sent to the last taken. */
async function measured(
  { send, messages }: { readonly send: () => void; readonly messages: number },
  open: (taken: () => void) => Promise<() => unknown>,
): Promise<number> {
  let taken = 0;
  let done = (): void => undefined;
  const all = new Promise<void>((resolve) => (done = resolve));
  const close = await open(() => {
    taken += 1;
    if (taken === messages) done();
  });
  const start = performance.now();
  send();
  await all;
  const took = performance.now() - start;
  await close();
  return Math.round((messages * 1000) / took);
}

/** Measures a stream, decoding, and `followSwarm`, in turns, against a manager in another process. */
export async function measureFollowing(tasks: number, messages: number, rounds: number): Promise<FollowingFigure> {
  const manager = fork(join(import.meta.dirname, 'manager-process.ts'), { execArgv: process.execArgv });
  try {
    manager.send({ tasks, messages });
    const [place] = (await once(manager, 'message')) as [ManagerPlace];
    const run = { messages, send: () => manager.send('send') };
    const ways = {
      stream: () => measured(run, (taken) => bareWatch(place, taken)),
      decoded: () =>
        measured(run, (taken) =>
          bareWatch(place, (bytes) => {
            if (WatchMessage.decode(bytes).events.length > 0) taken();
          }),
        ),
      followed: () =>
        measured(run, async (taken) => {
          const swarm = await followSwarm(`unix://${place.path}`, { ca: place.ca });
          const watcher = swarm.store.watch({ events: [{ kind: 'task' }], limit: messages });
          void (async () => {
            for await (const event of watcher) if (event.kind === 'task') taken();
          })();
          return () => swarm.close();
        }),
    };
    const figures = Object.entries(ways).map(([name, way]) => ({ name, way, rates: [] as number[] }));
    for (let round = 0; round <= rounds; round += 1) {
      for (const { way, rates } of round % 2 === 0 ? figures : [...figures].reverse()) {
        const rate = await way();
        // The first round is for the compiler.
        if (round > 0) rates.push(rate);
      }
    }
    const medians = figures.map(({ name, rates }) => [name, rates.sort((a, b) => a - b)[rates.length >> 1]]);
    return {
      tasks,
      messages,
      bytesPerMessage: Math.round(place.bytes / messages),
      ...(Object.fromEntries(medians) as Pick<FollowingFigure, 'stream' | 'decoded' | 'followed'>),
    };
  } finally {
    manager.disconnect();
  }
}
