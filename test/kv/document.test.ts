import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as contract from 'swarmstate/testing/kv';
import ts from 'typescript';
import { ConsulCluster } from '../../scripts/engines/consul-cluster.ts';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { otherVersions } from '../../scripts/engines/versions.ts';
import { ZookeeperCluster } from '../../scripts/engines/zookeeper-cluster.ts';
import { describeWithConsul } from '../support/consul-server.ts';
import { describeWithEtcd } from '../support/etcd-server.ts';
import { describeWithZookeeper } from '../support/zookeeper-server.ts';

const root = join(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'swarmstate-kv-'));
const program = join(folder, 'program.mjs');
const backend = join(folder, 'backend.mjs');
beforeAll(() => {
  writeProgram('docs/kv/README.md', program);
  writeProgram('docs/kv/writing-a-backend.md', backend);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes the first program of a document as JavaScript that imports the sources of the package. */
function writeProgram(document: string, path: string): void {
  const [, code = ''] = /```ts\n([^]*?)```/.exec(readFileSync(join(root, document), 'utf8')) ?? [];
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const { outputText } = ts.transpileModule(code, { compilerOptions: options });
  const source = (entry: string): string => pathToFileURL(join(root, `src/${entry.replaceAll('/', '-')}.ts`)).href;
  writeFileSync(
    path,
    outputText.replace(/'swarmstate\/([a-z/]+)'/g, (_, entry: string) => JSON.stringify(source(entry))),
  );
}

/** Runs the program of docs/kv/README.md twice: the first run must leave nothing behind that disturbs the second. */
async function runs(...given: readonly string[]): Promise<void> {
  for (let time = 0; time < 2; time++) {
    const child = spawn(process.execPath, ['--import', 'tsx', program, ...given], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output, [code]] = (await Promise.all([text(child.stdout), once(child, 'exit')])) as [
      string,
      [number | null],
    ];
    expect(output).toBe('somebody was faster\napp/limit=40 app/owner=host-1\n\n');
    expect(code).toBe(0);
  }
}

test('[Q37] the program of docs/kv/README.md runs on memory, twice', () => runs(), 60_000);

test('[Q37] the program of docs/kv/README.md runs on lmdb, twice', () => runs('lmdb', join(folder, 'lmdb')), 60_000);

test('[Q39] the backend of docs/kv/writing-a-backend.md passes the contract suite', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', backend], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = (await Promise.all([text(child.stdout), once(child, 'exit')])) as [string, [number | null]];
  expect(code === 0 ? '' : output).toBe('');
  expect(output).toContain(`\n# pass ${Object.keys(contract).length}\n`);
}, 60_000);

test('[Q119] servers that are here have the versions of the table, or this is no continuous integration', () => {
  expect(process.env['CI'] === undefined ? [] : otherVersions(root)).toEqual([]);
});

describeWithEtcd((etcd) => {
  test('[Q37] the program of docs/kv/README.md runs on etcd, twice', async () => {
    const cluster = await EtcdCluster.start(etcd);
    try {
      await runs('etcd', ...cluster.endpoints);
    } finally {
      await cluster.stop();
    }
  }, 90_000);
});

describeWithConsul((consul) => {
  test('[Q37] the program of docs/kv/README.md runs on consul, twice', async () => {
    const server = await ConsulCluster.start(consul);
    try {
      await runs('consul', server.endpoint);
    } finally {
      await server.stop();
    }
  }, 90_000);
});

describeWithZookeeper((zookeeper) => {
  test('[Q37] the program of docs/kv/README.md runs on zookeeper, twice', async () => {
    const server = await ZookeeperCluster.start(zookeeper);
    try {
      await runs('zookeeper', server.endpoint);
    } finally {
      await server.stop();
    }
  }, 90_000);
});
