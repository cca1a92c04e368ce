/**
 * A manager in a process of its own, for measuring followers: it lists tasks, and sends messages that were made before
 * to all watches. `{ tasks, messages }` starts it, and `'send'` sends the messages.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { ControlService, WatchService } from '../../src/grpc/generated/api.ts';
import { TestAuthority } from '../../test/support/certificates.ts';
import { FakeSwarm, messageOf } from '../../test/swarm/live/support/fake-swarm.ts';
import { makeTasks } from '../lib/objects.ts';
import { WatchMessage } from 'swarmstate/proto';

/** The first message of the process: where it listens, and the certificate that its own is of. */
export interface ManagerPlace {
  readonly path: string;
  readonly ca: string;
  /** Bytes of all messages. */
  readonly bytes: number;
}

const lists = ['Nodes', 'Services', 'Tasks', 'Networks', 'Clusters', 'Secrets', 'Configs', 'Resources', 'Volumes'];

async function serve(tasks: number, messages: number): Promise<void> {
  const authority = new TestAuthority('swarm-ca');
  const { certificate, key } = authority.issue('manager', { unit: 'swarm-manager', dnsNames: ['swarm-manager'] });
  const swarm = new FakeSwarm();
  const objects = makeTasks(0, tasks, tasks);
  swarm.commit(objects.map((put) => ({ kind: 'task', put })));
  // Every follower starts from here, and each message is news to it.
  const listed = swarm.list('task');
  const sent = Array.from({ length: messages }, (_, number) => {
    const put = { ...(objects[number % tasks] as (typeof objects)[number]), slot: number + 1 };
    return Buffer.from(WatchMessage.encode(messageOf(swarm.commit([{ kind: 'task', put }]), 'leader')));
  });

  const calls = new Set<grpc.ServerWritableStream<unknown, Buffer>>();
  const server = new grpc.Server();
  const watch = { ...WatchService.watch, responseSerialize: (bytes: Buffer) => bytes };
  server.addService(
    { watch },
    {
      watch: (call: grpc.ServerWritableStream<unknown, Buffer>) => {
        call.write(Buffer.alloc(0));
        calls.add(call);
        call.on('cancelled', () => calls.delete(call));
      },
    },
  );
  type Answer = grpc.sendUnaryData<object>;
  const handlers = lists.map((name) => [
    `list${name}`,
    (_: unknown, answer: Answer) => {
      answer(null, name === 'Tasks' ? { tasks: listed } : {});
    },
  ]);
  server.addService(ControlService, Object.fromEntries(handlers) as never);
  const folder = mkdtempSync(join(tmpdir(), 'swarmstate-manager-'));
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  const path = join(folder, 'control.sock');
  const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) };
  const credentials = grpc.ServerCredentials.createSsl(null, [pair], false);
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${path}`, credentials, (error) => (error === null ? resolve() : reject(error)));
  });
  process.on('message', (message) => {
    if (message === 'send') for (const call of calls) for (const bytes of sent) call.write(bytes);
  });
  const bytes = sent.reduce((sum, { length }) => sum + length, 0);
  process.send?.({ path, ca: authority.ca, bytes } satisfies ManagerPlace);
}

process.once('message', ({ tasks, messages }: { readonly tasks: number; readonly messages: number }) => {
  void serve(tasks, messages);
});
process.on('disconnect', () => process.exit(0));
