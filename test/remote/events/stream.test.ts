import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { isRemoteError } from 'swarmstate/remote/events';
import { eventBytes } from '../../../src/remote/events/event-format.ts';
import { EventParser } from '../../../src/remote/events/event-parser.ts';
import { caughtUp, followQuickly, Serving, untilStatus } from './support/serving.ts';

const withoutChecksums = (text: string): string => text.replace(/^crc: [0-9a-f]{8}\n/gm, '');

test('[N9] EventSource reads the stream of server-sent events, and resumes with the id, the version', async () => {
  const store = new MemoryStore({ history: 10 });
  await store.update((tx) => tx.networks.create({ id: 'w', spec: { annotations: { name: 'web' } } }));
  const before = String(store.version!.index);
  await using serving = await Serving.start(store);
  const first = await fetch(serving.url);
  expect(first.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(first.headers.get('cache-control')).toBe('no-store');
  const second = fetch(serving.url, { headers: { 'last-event-id': before } });
  await second;
  await store.update((tx) => tx.networks.delete('w'));
  await store.close();
  const after = String(store.version!.index);
  const [contents, rest] = [await first.text(), await (await second).text()].map(withoutChecksums);
  const begin = `"format":1,"version":"${before}","view":"true:`;
  expect(contents).toMatch(
    /^event: contents\ndata: \{"format":1.*"objects":1\}\n\nevent: objects\ndata: \[\["network",/,
  );
  expect(contents).toContain(begin);
  expect(contents).toContain(`\n\nevent: live\nid: ${before}\ndata: {`);
  expect(rest).toMatch(new RegExp(`^event: live\nid: ${before}\ndata: .*\n\nevent: commit\nid: ${after}\ndata: `));
  for (const text of [contents, rest]) {
    expect(text).toContain(
      `event: commit\nid: ${after}\ndata: {"version":{"index":"${after}"},"events":[{"action":"delete"`,
    );
    expect(text).toMatch(/event: end\ndata: \{"code":"ERR_STORE_CLOSED",.*\}\n\n$/);
  }
});

test('[N11] a silent stream shows that it is alive, and tells the version of commits that it leaves out', async () => {
  const store = new MemoryStore({ history: 10 });
  await using serving = await Serving.start(store, { heartbeatMs: 5, tables: ['node'] });
  await using remote = await followQuickly(serving.url);
  await store.update((tx) => tx.tasks.create({ id: 't1' }));
  await store.update((tx) => tx.nodes.create({ id: 'n1' }));
  await caughtUp(remote, store);
  await store.update((tx) => tx.tasks.create({ id: 't2' }));
  const answer = await fetch(serving.url);
  const reader = answer.body!.getReader();
  let text = '';
  while (!text.includes(':\n\n')) text += Buffer.from((await reader.read()).value ?? []).toString();
  await reader.cancel();
  while (remote.version?.index !== store.version!.index) await new Promise(setImmediate);
  expect(remote.store.version).toEqual(store.version);
});

test('[N11] a connection that has gone silent is made again', async () => {
  const store = new MemoryStore({ history: 10 });
  await using serving = await Serving.start(store, { heartbeatMs: 5 });
  const answers: ServerResponse[] = [];
  // A link that passes nothing on after the beginning.
  const link = createServer((request, response) => {
    answers.push(response);
    const pass = async (): Promise<void> => {
      const answer = await fetch(`${serving.url}${request.url!.slice(1)}`);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for await (const bytes of answer.body as unknown as AsyncIterable<Uint8Array>)
        if (answers.length > 1 || !Buffer.from(bytes).equals(Buffer.from(':\n\n'))) response.write(bytes);
    };
    pass().catch(() => undefined);
  }).listen(0, '127.0.0.1');
  await once(link, 'listening');
  await using remote = await followQuickly(`http://127.0.0.1:${(link.address() as AddressInfo).port}/`);
  await untilStatus(remote, 'stale');
  await untilStatus(remote, 'live');
  expect(answers.length).toBeGreaterThan(1);
  await remote.close();
  serving.events.close();
  link.closeAllConnections();
  link.close();
});

test('[N13] each changed or missing byte of an event is noticed', () => {
  const bytes = eventBytes('commit', '{"a":1}', { index: 7 });
  const whole = new EventParser('x').push(bytes);
  expect(whole).toEqual([{ type: 'commit', id: '7', data: '{"a":1}' }]);
  for (let at = 0; at < bytes.length; at++) {
    for (const damaged of [
      bytes.with(at, bytes[at]! ^ 1),
      new Uint8Array([...bytes.slice(0, at), ...bytes.slice(at + 1)]),
    ]) {
      const parser = new EventParser('x');
      let events: unknown[] = [];
      try {
        events = [...parser.push(damaged), ...parser.push(eventBytes('next', '{}'))];
      } catch (error) {
        expect(isRemoteError(error, 'ERR_REMOTE_ANSWER')).toBe(true);
      }
      expect(events).toEqual([]);
    }
  }
});

test('[N13] events are read whatever the pieces are in which their bytes come', () => {
  const bytes = Buffer.concat([eventBytes('a', '"ü€"'), Buffer.from(':\n\n'), eventBytes('b', '{}', { index: 1 })]);
  for (const size of [1, 2, 3, 7, 50, 1000]) {
    const parser = new EventParser('x');
    const events = [];
    for (let at = 0; at < bytes.length; at += size) events.push(...parser.push(bytes.subarray(at, at + size)));
    expect(events).toEqual([
      { type: 'a', id: undefined, data: '"ü€"' },
      { type: 'b', id: '1', data: '{}' },
    ]);
  }
});
