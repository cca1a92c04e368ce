import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { expect, test } from '@jest/globals';
import express from 'express';
import fastify from 'fastify';
import { MemoryStore } from 'swarmstate';
import { serveEvents } from 'swarmstate/remote/events';
import type { EventsHandler } from 'swarmstate/remote/events';
import { caughtUp, followQuickly } from './support/serving.ts';

/** A server of a framework with the handler at `/events`. */
type Start = (events: EventsHandler) => Promise<{ readonly port: number; close(): Promise<unknown> }>;

const inExpress: Start = async (events) => {
  const app = express();
  app.get('/events', events);
  const server: Server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      return once(server, 'close');
    },
  };
};

const inFastify: Start = async (events) => {
  const app = fastify({ forceCloseConnections: true });
  app.get('/events', (request, reply) => {
    reply.hijack();
    void events(request.raw, reply.raw);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
};

test.each([
  ['Express', inExpress],
  ['Fastify', inFastify],
])('[N8] the handler works in %s', async (_name, start) => {
  const store = new MemoryStore({ history: 100 });
  await store.update((tx) => tx.nodes.create({ id: 'n1' }));
  const events = serveEvents(store, { authorize: ({ url }) => url.pathname === '/events' });
  const server = await start(events);
  try {
    await using remote = await followQuickly(`http://127.0.0.1:${server.port}/events`);
    await store.update((tx) => tx.nodes.create({ id: 'n2' }));
    await caughtUp(remote, store);
    expect(remote.store.save()).toEqual(store.save());
    expect(events.streams).toBe(1);
  } finally {
    events.close();
    await server.close();
  }
});

test('[N8] the handler answers requests of the Fetch API, as Hono hands them over', async () => {
  const { Hono } = await import('hono');
  const store = new MemoryStore({ history: 100 });
  await store.update((tx) => tx.nodes.create({ id: 'n1' }));
  const events = serveEvents(store, { authorize: ({ header }) => header('Authorization') === 'Bearer x' });
  const app = new Hono();
  app.get('/events', (context) => events.fetch(context.req.raw));
  const ask = (url: unknown, init?: RequestInit): Promise<Response> =>
    Promise.resolve(app.request(url as string, init));
  const options = { headers: { authorization: 'Bearer x' }, fetch: ask };
  await using remote = await followQuickly('http://store.test/events', options);
  await store.update((tx) => tx.nodes.create({ id: 'n2' }));
  await caughtUp(remote, store);
  expect(remote.store.save()).toEqual(store.save());
  expect((await app.request('/events')).status).toBe(403);
  expect((await events.fetch(new Request('http://store.test/', { method: 'POST' }))).status).toBe(405);
  await remote.close();
  events.close();
  expect((await app.request('/events', { headers: { authorization: 'Bearer x' } })).status).toBe(503);
});
