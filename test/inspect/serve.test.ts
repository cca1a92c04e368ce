import { connect } from 'node:net';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { afterEach, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { inspector, serveInspector } from 'swarmstate/inspect';
import type { InspectorServer } from 'swarmstate/inspect';
import { inspectorWith } from '../../src/inspect/serve/inspector.ts';
import { serveInspectorWith } from '../../src/inspect/serve/serve-inspector.ts';
import { buildPage } from './built-page.ts';

const files = ['index.html', 'page.js'].map((name) => ({
  name,
  brotli: brotliCompressSync(`contents of ${name}`).toString('base64'),
}));

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function serve(store = new MemoryStore({ history: 100 }), options = {}): Promise<InspectorServer> {
  const server = await serveInspectorWith(files, store, options);
  open.push(server);
  return server;
}

/** Sends the bytes of a request, and returns the whole answer. */
function exchange(port: number, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.end(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`),
    );
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

/** Follows the link once; returns the cookie. */
async function logIn({ url, port }: Pick<InspectorServer, 'url' | 'port'>): Promise<string> {
  const path = new URL(url).pathname + new URL(url).search;
  const answer = await exchange(port, [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`]);
  expect(statusOf(answer)).toBe(303);
  return /set-cookie: ([^;]+);/i.exec(answer)?.[1] ?? '';
}

test('[B17] a link works once, and begins a session by a cookie that scripts and other sites cannot use', async () => {
  const server = await serve();
  const { port, url } = server;
  expect(new URL(url).host).toBe(`127.0.0.1:${port}`);
  const token = new URL(url).searchParams.get('token') ?? '';
  expect(token.length).toBeGreaterThanOrEqual(43);
  const host = `Host: 127.0.0.1:${port}`;
  const first = await exchange(port, [`GET /?token=${token} HTTP/1.1`, host]);
  expect(first).toMatch(/^HTTP\/1\.1 303[^]*\r\nlocation: \/\r\n/i);
  expect(first).toMatch(
    new RegExp(`set-cookie: swarmstate-${port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/\r\n`, 'i'),
  );
  expect(statusOf(await exchange(port, [`GET /?token=${token} HTTP/1.1`, host]))).toBe(403);
  expect(statusOf(await exchange(port, [`GET / HTTP/1.1`, host]))).toBe(403);
  expect(statusOf(await exchange(port, [`GET /events HTTP/1.1`, host, `Cookie: swarmstate-${port}=${token}`]))).toBe(
    403,
  );
  const cookie = /set-cookie: ([^;]+);/i.exec(first)?.[1] ?? '';
  const page = await exchange(port, [`GET / HTTP/1.1`, host, `Cookie: other=1; ${cookie}`]);
  expect(statusOf(page)).toBe(200);
  expect(page).toContain('contents of index.html');
  expect(page).not.toContain(token);
  const second = server.newLink();
  expect(second).not.toBe(url);
  await logIn({ url: second, port });
  // The page is not asked for by a link with a token of a stranger.
  expect(statusOf(await exchange(port, [`GET /?token=${'x'.repeat(43)} HTTP/1.1`, host]))).toBe(403);
});

test('[B15] requests with another host, origin or site are refused, whoever sends them', async () => {
  const server = await serve();
  const { port } = server;
  const cookie = `Cookie: ${await logIn(server)}`;
  const asked = async (lines: readonly string[], path = '/figures'): Promise<number> =>
    statusOf(await exchange(port, [`GET ${path} HTTP/1.1`, ...lines, cookie]));
  const host = `Host: 127.0.0.1:${port}`;
  expect(await asked([host])).toBe(200);
  expect(await asked([`Host: localhost:${port}`])).toBe(200);
  expect(await asked([host, `Origin: http://127.0.0.1:${port}`, 'Sec-Fetch-Site: same-origin'])).toBe(200);
  for (const bad of [
    'evil.test',
    '127.0.0.1',
    `127.0.0.1.evil.test:${port}`,
    `127.0.0.1:${port + 1}`,
    `0.0.0.0:${port}`,
    `127.0.0.1:${port}@evil.test`,
  ])
    expect([bad, await asked([`Host: ${bad}`])]).toEqual([bad, 403]);
  for (const origin of [
    'null',
    'http://evil.test',
    `http://127.0.0.1:${port + 1}`,
    `https://127.0.0.1.evil.test:${port}`,
  ])
    expect([origin, await asked([host, `Origin: ${origin}`])]).toEqual([origin, 403]);
  for (const site of ['cross-site', 'same-site']) expect(await asked([host, `Sec-Fetch-Site: ${site}`])).toBe(403);
  // Without a host, and with a host in the address.
  expect(await asked([])).toBe(400);
  expect(await asked([host], 'http://evil.test/figures')).toBe(400);
  // A link is not used up by a page of another site.
  const link = new URL(server.newLink());
  const path = `${link.pathname}${link.search}`;
  expect(statusOf(await exchange(port, [`GET ${path} HTTP/1.1`, host, 'Sec-Fetch-Site: cross-site']))).toBe(403);
  expect(statusOf(await exchange(port, [`GET ${path} HTTP/1.1`, host, 'Sec-Fetch-Site: none']))).toBe(303);
});

test('[B17] the server listens on this machine alone, unless the names of its hosts are given', async () => {
  const store = new MemoryStore();
  await expect(serveInspector(store, { host: '0.0.0.0' })).rejects.toMatchObject({
    code: 'ERR_REMOTE_INVALID_ARGUMENT',
    message: expect.stringContaining('hosts'),
  });
  const server = await serve(store, { hosts: ['ops.example:443'], token: 'a-token-of-my-own-choice' });
  expect(server.url).toBe('http://ops.example:443/?token=a-token-of-my-own-choice');
  const path = '/?token=a-token-of-my-own-choice';
  expect(statusOf(await exchange(server.port, [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${server.port}`]))).toBe(403);
  expect(statusOf(await exchange(server.port, [`GET ${path} HTTP/1.1`, 'Host: ops.example:443']))).toBe(303);
});

test.each([
  ['port', -1],
  ['port', 1.5],
  ['host', 7],
  ['token', 'short'],
  ['hosts', []],
  ['title', 3],
  ['redact', 'all'],
  ['unknown', 1],
])('[B20] serveInspector refuses a wrong option %s', async (name, value) => {
  await expect(serveInspector(new MemoryStore(), { [name]: value })).rejects.toMatchObject({
    code: 'ERR_REMOTE_INVALID_ARGUMENT',
  });
});

test('[B20] inspector refuses wrong options, and needs a hook', () => {
  const store = new MemoryStore();
  for (const options of [
    {},
    { authorize: true },
    { authorize: () => true, hosts: 'x' },
    { authorize: () => true, more: 1 },
  ])
    expect(() => inspector(store, options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_REMOTE_INVALID_ARGUMENT' }),
    );
});

test('[B14] the handler serves the page, figures and the past at any prefix, through node:http and Fetch', async () => {
  const store = new MemoryStore({ history: 100 });
  await store.update((tx) => tx.nodes.create({ id: 'n' }));
  const handler = inspectorWith(files, store, { authorize: () => true, title: 'mine' });
  const server = createServer((request, response) => void handler(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: async () => {
      handler.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/prefix/`;
  const index = await fetch(base);
  expect([index.status, index.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(await index.text()).toBe('contents of index.html');
  expect(await (await fetch(`${base}page.js`)).text()).toBe('contents of page.js');
  expect((await fetch(`${base}nothing`)).status).toBe(404);
  expect((await fetch(`${base}__proto__`)).status).toBe(404);
  expect((await fetch(base, { method: 'POST' })).status).toBe(405);
  expect((await fetch(`${base}events`, { method: 'DELETE' })).status).toBe(405);
  const head = await fetch(`${base}figures`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect(await (await fetch(`${base}figures`)).json()).toMatchObject({
    title: 'mine',
    history: 1,
    memory: expect.any(Object),
  });
  // The same through the Fetch API.
  const web = (path: string) => handler.fetch(new Request(`http://localhost/x/${path}`));
  expect(await (await web('')).text()).toBe('contents of index.html');
  expect(await (await web(`past?to=${String(store.version?.index)}`)).json()).toMatchObject({
    commits: [{ events: [{}] }],
  });
  expect((await web('past?to=nothing')).status).toBe(400);
  expect((await handler.fetch(new Request('http://evil.test/x/'))).status).toBe(403);
  const brotli = await handler.fetch(new Request('http://localhost/', { headers: { 'accept-encoding': 'gzip, br' } }));
  expect(brotli.headers.get('content-encoding')).toBe('br');
  expect(brotliDecompressSync(new Uint8Array(await brotli.arrayBuffer())).toString()).toBe('contents of index.html');
});

test('[B16] a hook decides about each request; an error and other values refuse', async () => {
  const store = new MemoryStore();
  const answers: unknown[] = [true, false, 'yes', undefined, Promise.resolve(true), Promise.reject(new Error('no'))];
  const statuses: number[] = [];
  const seen: string[] = [];
  const handler = inspectorWith(files, store, {
    authorize: (request) => {
      seen.push(request.url.pathname);
      return answers[seen.length - 1] as boolean;
    },
  });
  for (const name of ['', 'page.js', 'figures', 'past', 'events', 'page.js'])
    statuses.push((await handler.fetch(new Request(`http://localhost/${name}`))).status);
  handler.close();
  expect(statuses).toEqual([200, 403, 403, 403, 200, 403]);
  expect(seen).toHaveLength(6);
});

test('[B19] every answer has the policy: own scripts and styles only, no frame, no referrer, no cache', async () => {
  const handler = inspectorWith(files, new MemoryStore(), { authorize: ({ url }) => url.pathname !== '/refused' });
  for (const [path, status] of [
    ['', 200],
    ['page.js', 200],
    ['figures', 200],
    ['nothing', 404],
    ['refused', 403],
  ] as const) {
    const { headers, status: given } = await handler.fetch(new Request(`http://localhost/${path}`));
    expect(given).toBe(status);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'; require-trusted-types-for 'script'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
});

test('[B18] secrets are emptied in the stream and in the past, old objects included', async () => {
  const store = new MemoryStore({ history: 100 });
  const canary = 'canary-9f3a';
  const bytes = Buffer.from(canary);
  await store.update((tx) => tx.secrets.create({ id: 's', spec: { annotations: { name: 'key' }, data: bytes } }));
  await store.update((tx) => tx.secrets.modify('s', (secret) => void (secret.spec.annotations.labels['a'] = 'b')));
  await store.update((tx) => tx.secrets.delete('s'));
  await store.update((tx) => tx.secrets.create({ id: 't', spec: { annotations: { name: 'key' }, data: bytes } }));
  const handler = inspectorWith(files, store, { authorize: () => true });
  const past = await (
    await handler.fetch(new Request(`http://localhost/past?to=${String(store.version?.index)}`))
  ).text();
  expect((JSON.parse(past) as { commits: unknown[] }).commits).toHaveLength(4);
  const events = await handler.fetch(new Request('http://localhost/events'));
  const reader = events.body!.getReader();
  let stream = '';
  while (!stream.includes('event: live')) stream += Buffer.from((await reader.read()).value as Uint8Array).toString();
  await reader.cancel();
  handler.close();
  expect(stream).toContain('"t"');
  for (const text of [past, stream]) {
    expect(text).not.toContain(canary);
    expect(text).not.toContain(bytes.toString('base64'));
  }
});

test('[B13] the page is at most 200 KB, has no inline script, and comes with the licences of its packages', () => {
  const page = new Map(buildPage().map(({ name, brotli }) => [name, Buffer.from(brotli, 'base64')]));
  const size = [...page.values()].reduce((sum, { length }) => sum + length, 0);
  expect(size).toBeLessThan(200 * 1024);
  const text = (name: string): string => brotliDecompressSync(page.get(name)!).toString();
  expect(text('index.html')).not.toMatch(/<script(?![^>]*\ssrc=)|\son\w+=|style=|https?:/);
  expect(text('licences.txt')).toMatch(/preact[^]*MIT[^]*uplot[^]*MIT/);
  for (const name of ['lokijs', 'immer', 'protobufjs', '@tanstack/virtual-core', '@preact/signals'])
    expect(text('licences.txt')).toContain(`${name}\n`);
});

test('[B14] in the sources, where no page is built, the handler says so', async () => {
  const handler = inspector(new MemoryStore(), { authorize: () => true });
  const answer = await handler.fetch(new Request('http://localhost/'));
  handler.close();
  expect([answer.status, await answer.text()]).toEqual([503, 'the page is not built: npm run build\n']);
});
