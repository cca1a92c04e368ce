import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { serveEvents } from 'swarmstate/remote/events';
import { page as html } from '../../examples/remote/page.ts';
import { describeWithChromium, launch } from '../package/browser/with-chromium.ts';
import type { Browser } from '../package/browser/with-chromium.ts';

/** The server of the example, which may start again at its port. */
async function serve(store: MemoryStore, asked: (string | undefined)[], port = 0) {
  const events = serveEvents(store, {
    authorize: ({ header }) => {
      asked.push(header('last-event-id'));
      return true;
    },
    tables: ['task'],
  });
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/events') === true) void events(request, response);
    else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose](): Promise<void> {
      if (!server.listening) return;
      events.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Resolves in the page when its table is as wanted. */
function shows(rows: readonly string[]): string {
  return `new Promise((resolve) => {
    const look = () => {
      const texts = [...document.querySelectorAll('tr')].map((row) => [...row.cells].map((cell) => cell.textContent).join(' '));
      if (JSON.stringify(texts.sort()) === ${JSON.stringify(JSON.stringify([...rows].sort()))}) resolve(texts.length);
      else requestAnimationFrame(look);
    };
    look();
  })`;
}

describeWithChromium((executablePath) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(executablePath);
  });
  afterAll(() => browser.close());

  test('[V37] the page of the example shows the store, and goes on after a restart of the server', async () => {
    const store = new MemoryStore({ history: 100 });
    await store.update((tx) => {
      for (const id of ['a', 'b', 'c']) tx.tasks.create({ id });
    });
    const asked: (string | undefined)[] = [];
    const first = await serve(store, asked);
    const context = await browser.newContext();
    const problems: string[] = [];
    context.on('weberror', (error) => void problems.push(String(error.error())));
    try {
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${first.port}/`);
      await page.evaluate(shows(['a waits', 'b waits', 'c waits']));
      await store.update((tx) => {
        tx.tasks.modify('a', (draft) => void (draft.nodeId = 'node-1'));
        tx.tasks.delete('b');
      });
      await page.evaluate(shows(['a node-1', 'c waits']));
      const seen = String(store.version!.index);
      await first[Symbol.asyncDispose]();
      // Missed by the page.
      await store.update((tx) => tx.tasks.create({ id: 'd' }));
      await using _again = await serve(store, asked, first.port);
      await page.evaluate(shows(['a node-1', 'c waits', 'd waits']));
      await store.update((tx) => tx.tasks.modify('d', (draft) => void (draft.nodeId = 'node-2')));
      await page.evaluate(shows(['a node-1', 'c waits', 'd node-2']));
      expect(asked).toEqual([undefined, seen]);
      expect(problems).toEqual([]);
    } finally {
      await context.close();
      await first[Symbol.asyncDispose]();
    }
  }, 60_000);
});
