import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { all } from 'swarmstate';
import { Snapshot, StoreSnapshot } from 'swarmstate/proto';
import { openStore } from 'swarmstate/replicated';
import { UsageError, parseArguments } from '../../examples/orchestrator/arguments.ts';
import { openRunStore } from '../../examples/orchestrator/run.ts';

const root = join(__dirname, '../..');

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

/** Runs the program in a folder. */
function start(folder: string, ...given: readonly string[]): ChildProcessWithoutNullStreams {
  const program = join(root, 'examples/orchestrator/main.ts');
  return spawn(process.execPath, ['--import', pathToFileURL(require.resolve('tsx')).href, program, ...given], {
    cwd: folder,
    env: { ...process.env, TSX_TSCONFIG_PATH: join(root, 'tsconfig.json') },
  });
}

test('[J24] a killed run is there again in the folder data, and a snapshot or another file is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kept-'));
  try {
    const child = start(folder);
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
    const address = `lmdb:${join(folder, 'data')}`;
    const store = await openStore(address);
    expect(store.view((tx) => tx.services.count(all))).toBeGreaterThan(0);
    expect(store.view((tx) => tx.tasks.count(all))).toBeGreaterThan(0);
    expect(store.member.stopped).toBe(false);
    await store.update((tx) => tx.nodes.create({ id: 'later' }));
    await store.close();
    const snapshot = { store: StoreSnapshot.from({}), membership: undefined };
    await expect(openRunStore(address, { snapshot })).rejects.toMatchObject({ code: 'ERR_NOT_EMPTY' });
    const file = join(folder, 'shop.yaml');
    writeFileSync(file, 'name: other\nservices: { one: { image: one } }\n');
    const bytes = Snapshot.encode({ store: StoreSnapshot.from({}) });
    writeFileSync(join(folder, 'old.snapshot'), bytes);
    for (const [given, message] of [
      [['--restore', 'old.snapshot'], 'lmdb:./data: the store is not empty, so it cannot start from old.snapshot'],
      [['shop.yaml'], 'lmdb:./data: the store has other services than shop.yaml, which adds other_one'],
    ] as const) {
      const refused = start(folder, ...given);
      const exit = once(refused, 'exit');
      expect(await text(refused.stderr)).toContain(message);
      expect(await exit).toEqual([2, null]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
