import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { all } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { openStore } from 'swarmstate/replicated';
import { UsageError, parseArguments } from '../../examples/orchestrator/arguments.ts';
import { openRunStore } from '../../examples/orchestrator/run.ts';

test('[J24] --store takes an address, for a new cluster and for a snapshot', () => {
  expect(parseArguments(['--store', 'lmdb:./data'])).toEqual({
    kind: 'compose',
    file: undefined,
    store: 'lmdb:./data',
  });
  expect(parseArguments(['--store=etcd://h:1/p', '--restore', 'x', '--keep'])).toEqual({
    kind: 'restore',
    file: 'x',
    keep: true,
    store: 'etcd://h:1/p',
  });
  for (const wrong of [['--store'], ['--store', './data'], ['--store', '--keep']])
    expect(() => parseArguments(wrong)).toThrow(UsageError);
});

test('[J24] a run that was killed is there again, and a snapshot is refused then', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kept-'));
  try {
    const address = `lmdb:${folder}`;
    const root = join(__dirname, '../..');
    const program = join(root, 'examples/orchestrator/main.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', program, '--store', address], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    const told = new Promise<void>((resolve) => {
      child.stdout.on('data', (text: Buffer) => {
        output += text.toString();
        if (output.split('\n').length > 8) resolve();
      });
    });
    await Promise.race([told, once(child, 'exit')]);
    child.kill('SIGKILL');
    await once(child, 'close');
    const store = await openStore(address);
    expect(store.view((tx) => tx.services.count(all))).toBeGreaterThan(0);
    expect(store.view((tx) => tx.tasks.count(all))).toBeGreaterThan(0);
    expect(store.member.stopped).toBe(false);
    await store.update((tx) => tx.nodes.create({ id: 'later' }));
    await store.close();
    const snapshot = { store: StoreSnapshot.from({}), membership: undefined };
    await expect(openRunStore(address, { snapshot })).rejects.toMatchObject({ code: 'ERR_NOT_EMPTY' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
