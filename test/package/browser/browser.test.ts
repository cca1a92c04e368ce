import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PublishedPackage } from '../published-package.ts';

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
