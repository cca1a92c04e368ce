import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { serveSwarm } from 'swarmstate/remote';
import { RawConnection } from '../support/raw-connection.ts';
import { answerOf } from '../support/raw-client.ts';
import { Opened } from '../support/serving.ts';
import { field, fieldsOf, numberField } from '../support/wire.ts';

const opened = new Opened();
afterEach(() => opened.close());

const golden = readFileSync(join(__dirname, '../../../golden/snapshot-single.bin'));

/** The number of a kind's list in a snapshot, of the kind in an event, and the method that lists it. */
const kinds = [
  ['node', 1, 1, 'ListNodes'],
  ['service', 2, 2, 'ListServices'],
  ['network', 3, 3, 'ListNetworks'],
  ['task', 4, 4, 'ListTasks'],
  ['config', 9, 9, 'ListConfigs'],
  ['volume', 10, 10, 'ListVolumes'],
] as const;

const rowsOf = (list: number): Buffer[] =>
  fieldsOf(golden).flatMap(([number, bytes]) => (number === list ? [bytes] : []));

async function served(): Promise<{
  readonly store: MemoryStore;
  readonly raw: RawConnection;
  readonly address: string;
}> {
  const store = new MemoryStore({ history: 100, firstVersion: 41 });
  const { address } = opened.add(await serveSwarm(store, { listen: '127.0.0.1:0', authorize: () => 'secrets' }));
  return { store, address, raw: opened.add(await RawConnection.open(address)) };
}

test('[V25] lists have the objects byte for byte, each in field 1', async () => {
  const { store, raw } = await served();
  await store.restore(StoreSnapshot.decode(golden));
  for (const [, list, , method] of kinds) {
    const { status, messages } = await raw.call(`/docker.swarmkit.v1.Control/${method}`, Buffer.alloc(0));
    expect(status).toBe(0);
    expect(rowsOf(list).length).toBeGreaterThan(0);
    expect(messages).toEqual([Buffer.concat(rowsOf(list).map((row) => field(1, row)))]);
  }
});

test('[V14][V25] a watch begins with an empty message; then messages have commits’ events, byte by byte', async () => {
  const { store, address } = await served();
  for (const [kind, list, member] of kinds) {
    const client = opened.client(address);
    const request = field(1, Buffer.concat([field(1, kind), numberField(2, 7)]));
    const stream = client.stream('/docker.swarmkit.v1.Watch/Watch', request);
    const seen: Buffer[] = [];
    const two = new Promise<void>((resolve) => {
      stream.on('data', (message: Buffer) => {
        seen.push(message);
        if (seen.length === 1) void store.restore(StoreSnapshot.decode(golden));
        else resolve();
      });
    });
    void answerOf(stream);
    await two;
    const version = store.version?.index ?? 0;
    const events = rowsOf(list).map((row) =>
      field(1, Buffer.concat([numberField(1, 1), field(2, field(member, row))])),
    );
    expect(seen).toEqual([Buffer.alloc(0), Buffer.concat([...events, field(2, numberField(1, version))])]);
    stream.cancel();
    await store.restore({});
  }
});

test('[V25] a status is in the trailers, with its text', async () => {
  const { raw } = await served();
  const answer = await raw.call('/docker.swarmkit.v1.Control/GetNode', field(1, 'no such node'));
  expect(answer).toMatchObject({ http: 200, status: 5, text: 'node no such node not found', messages: [] });
  expect(answer.headers['content-type']).toMatch(/^application\/grpc/);
});
