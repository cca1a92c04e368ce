import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import ts from 'typescript';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { describeWithEtcd } from '../support/etcd-server.ts';

const root = join(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'swarmstate-kv-'));
const program = join(folder, 'program.mjs');
beforeAll(() => {
  const [, code = ''] = /```ts\n([^]*?)```/.exec(readFileSync(join(root, 'docs/kv/README.md'), 'utf8')) ?? [];
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const { outputText } = ts.transpileModule(code, { compilerOptions: options });
  writeFileSync(
    program,
    outputText.replace("'swarmstate/kv'", JSON.stringify(pathToFileURL(join(root, 'src/kv.ts')).href)),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the program of the document twice: it leaves nothing behind that would be in its way. */
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

test('[Q37] the program of the document runs on memory', () => runs(), 60_000);

test('[Q37] the program of the document runs on lmdb', () => runs('lmdb', join(folder, 'lmdb')), 60_000);

describeWithEtcd((etcd) => {
  test('[Q37] the program of the document runs on etcd', async () => {
    const cluster = await EtcdCluster.start(etcd);
    try {
      await runs('etcd', ...cluster.endpoints);
    } finally {
      await cluster.stop();
    }
  }, 90_000);
});
