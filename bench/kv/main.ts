/**
 * `npm run bench -- kv`: operations per second and latency of each backend that is here, and of the package etcd3 on the same server in the
 * same run. Each operation runs one after the other, then 32 at once; `SECONDS_EACH` is how long.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Etcd3 } from 'etcd3';
import { createStore } from 'swarmstate/kv';
import { startEtcd } from './etcd-server.ts';
import { measure } from './measure.ts';
import type { Measured } from './measure.ts';

/** One thing to measure; `number` differs from call to call. */
type Operation = (number: number) => Promise<unknown>;

interface Contender {
  readonly name: string;
  readonly operations: Readonly<Record<string, Operation>>;
  close(): Promise<void>;
}

const value = new Uint8Array(256).fill(120);

async function ours(backend: string, endpoints: readonly string[]): Promise<Contender> {
  const kv = await createStore(backend, endpoints);
  await kv.put('bench/read', value);
  return {
    name: backend,
    operations: {
      get: () => kv.get('bench/read'),
      put: (number) => kv.put(`bench/put/${number % 1000}`, value),
      create: (number) => kv.atomicPut(`bench/new/${number}`, value, undefined),
    },
    close: () => kv.close(),
  };
}

async function etcd3(endpoints: string[]): Promise<Contender> {
  const client = new Etcd3({ hosts: endpoints });
  const buffer = Buffer.from(value);
  await client.put('bench/read').value(buffer).exec();
  return {
    name: 'etcd3 (npm)',
    operations: {
      get: () => client.get('bench/read').buffer(),
      put: (number) =>
        client
          .put(`bench/put/${number % 1000}`)
          .value(buffer)
          .exec(),
      create: (number) =>
        client
          .if(`bench3/new/${number}`, 'Create', '==', 0)
          .then(client.put(`bench3/new/${number}`).value(buffer))
          .commit(),
    },
    close: () => {
      client.close();
      return Promise.resolve();
    },
  };
}

function row(contender: string, operation: string, atOnce: number, { perSecond, median, p99 }: Measured): string {
  const cells = [contender, operation, String(atOnce), perSecond.toFixed(0), median.toFixed(3), p99.toFixed(3)];
  return `| ${cells.join(' | ')} |`;
}

export async function main(): Promise<void> {
  const seconds = Number(process.env['SECONDS_EACH'] ?? 1);
  const folder = mkdtempSync(join(tmpdir(), 'swarmstate-bench-'));
  const server = await startEtcd(join(folder, 'etcd'));
  if (server === undefined) console.log('etcd is not here: `npm run engines` fetches it');
  try {
    const contenders = [await ours('memory', []), await ours('lmdb', [join(folder, 'lmdb')])];
    if (server !== undefined) contenders.push(await ours('etcd', [server.endpoint]), await etcd3([server.endpoint]));
    console.log('| store | operation | at once | operations/s | median ms | 99 % ms |\n|---|---|--:|--:|--:|--:|');
    let number = 0;
    for (const operation of ['get', 'put', 'create']) {
      for (const atOnce of [1, 32]) {
        for (const { name, operations } of contenders) {
          const call = operations[operation];
          if (call !== undefined) console.log(row(name, operation, atOnce, await measure(() => call(number++), atOnce, seconds)));
        }
      }
    }
    for (const contender of contenders) await contender.close();
  } finally {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
