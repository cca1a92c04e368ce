import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { isBuiltin } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PublishedPackage } from '../published-package.ts';
import { bundlers } from './bundlers.ts';
import { describeWithChromium, launch } from './with-chromium.ts';
import type { Browser } from './with-chromium.ts';

let published: PublishedPackage;
beforeAll(() => {
  published = new PublishedPackage();
});
afterAll(() => published.remove());

interface Bundle {
  readonly warnings: readonly string[];
  /** The paths of the modules in the bundle, and of their imports. */
  readonly modules: readonly string[];
  readonly imports: readonly string[];
}

/** Bundles a program of a user for browsers, with nothing configured, into `bundle.js`. */
function bundle(program: string): Bundle {
  const printed = published.run(`
    import { build } from 'esbuild';
    const { warnings, metafile } = await build({
      stdin: { contents: ${JSON.stringify(program)}, resolveDir: process.cwd() },
      bundle: true,
      platform: 'browser',
      format: 'iife',
      outfile: 'bundle.js',
      metafile: true,
      logLevel: 'silent',
    });
    const inputs = Object.values(metafile.inputs);
    console.log(JSON.stringify({
      warnings: warnings.map(({ text }) => text),
      modules: Object.keys(metafile.inputs),
      imports: inputs.flatMap((input) => input.imports.map(({ path }) => path)),
    }));
  `);
  return JSON.parse(printed) as Bundle;
}

const entries = ['', '/proto', '/cache', '/loops', '/resources', '/remote/events', '/kv/memory'].map(
  (path) => `swarmstate${path}`,
);

test.each(entries)('[C13] a bundle of %s for browsers has no warning and no module of Node.js', (entry) => {
  const { warnings, imports } = bundle(`export * from '${entry}'`);
  expect(warnings).toEqual([]);
  expect(imports.filter(isBuiltin)).toEqual([]);
});

test('[C14] a bundle of swarmstate/kv/memory has nothing of etcd and lmdb', () => {
  const { modules } = bundle("export * from 'swarmstate/kv/memory'");
  expect(modules.filter((path) => path.includes('node_modules'))).toEqual([]);
  expect(readFileSync(join(published.folder, 'bundle.js'), 'utf8')).not.toMatch(/etcd|lmdb|grpc/);
});

test('[C13] the store, caches, loops and codecs work where there are only the globals of a browser', () => {
  bundle(readFileSync(join(__dirname, 'program.js'), 'utf8'));
  const printed = published.run(`
    import { readFileSync } from 'node:fs';
    import { createContext, Script } from 'node:vm';
    const {
      AbortController, AbortSignal, DOMException, MessageChannel, ReadableStream, TextDecoder, TextEncoder,
      TransformStream, WritableStream, atob, btoa, clearInterval, clearTimeout, crypto, performance, queueMicrotask,
      setInterval, setTimeout,
    } = globalThis;
    const context = createContext({
      AbortController, AbortSignal, DOMException, MessageChannel, ReadableStream, TextDecoder, TextEncoder,
      TransformStream, WritableStream, atob, btoa, clearInterval, clearTimeout, crypto, performance, queueMicrotask,
      setInterval, setTimeout,
    });
    new Script(readFileSync('bundle.js', 'utf8')).runInContext(context);
    console.log(await context.result);
    // Ports of messages keep a process alive.
    process.exit();
  `);
  const data = Buffer.from('déjà vu').toString('base64');
  expect(printed).toBe(`create,667,666,2000,déjà vu,${data},true\n`);
});

const html =
  `<!doctype html><meta charset="utf-8"><title>swarmstate</title><script type="module" ` + `src="/page.js"></script>`;

/** A web server for the files of a folder. Its pages may not make code of strings. */
async function serve(folder: string): Promise<Server> {
  const server = createServer(({ url = '/' }, response) => {
    const path = url === '/' ? '/index.html' : url;
    response.setHeader('Content-Security-Policy', "default-src 'self'");
    response.setHeader('Content-Type', path.endsWith('.js') ? 'text/javascript' : 'text/html');
    // The browser asks for an icon, which is empty.
    response.end(path === '/favicon.ico' ? undefined : readFileSync(join(folder, path)));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return server;
}

describeWithChromium((executablePath) => {
  const folder = mkdtempSync(join(tmpdir(), 'swarmstate-browser-'));
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(executablePath);
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The folder of a user's project, with the package installed. */
  function project(name: string): string {
    const path = join(folder, name);
    mkdirSync(join(path, 'node_modules'), { recursive: true });
    symlinkSync(published.folder, join(path, 'node_modules/swarmstate'), 'junction');
    for (const file of ['page.js', 'program.js']) cpSync(join(__dirname, file), join(path, file));
    writeFileSync(join(path, 'index.html'), html);
    writeFileSync(join(path, 'package.json'), '{ "private": true, "type": "module" }');
    return path;
  }

  test.each(Object.entries(bundlers))(
    '[C15] a page that %s bundled with nothing configured fills, watches, queries, saves and restores a store',
    async (name, program) => {
      const path = project(name);
      expect(JSON.parse(published.run(`process.chdir(${JSON.stringify(path)});\n${program}`))).toEqual([]);
      const server = await serve(join(path, 'site'));
      const context = await browser.newContext();
      try {
        const problems: string[] = [];
        context.on('console', (message) => void problems.push(message.text()));
        context.on('weberror', (error) => void problems.push(String(error.error())));
        const visit = async (expression: string): Promise<unknown> => {
          const page = await context.newPage();
          await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
          const result: unknown = await page.evaluate(expression);
          await page.close();
          return result;
        };
        expect(await visit('result')).toMatch(/^create,667,666,2000,déjà vu,.*,true$/);
        expect(await visit('page.save()')).toBe('1000,t2998+t2995+t2992');
        expect(await visit('page.restore()')).toBe('1000,größte,ERR_INCOMPLETE_SNAPSHOT');
        expect(problems).toEqual([]);
      } finally {
        await context.close();
        server.close();
      }
    },
    180_000,
  );
});
