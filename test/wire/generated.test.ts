import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const repository = join(__dirname, '../..');

function run(...nodeArguments: readonly string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  return spawnSync(process.execPath, nodeArguments, {
    cwd: repository,
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env['PATH'] },
  });
}

test('[O3] the generated code is what the generator makes of proto/', () => {
  const { status, stdout, stderr } = run('--import', 'tsx', 'scripts/proto/main.ts', '--check');
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('[O27] the codecs work without code generation and where __proto__ throws', () => {
  const program = `
    import assert from 'node:assert/strict';
    import { readFileSync } from 'node:fs';
    const { StoreSnapshot, Driver } = await import('./src/proto.ts');
    assert.throws(() => ({}).__proto__);
    assert.throws(() => new Function('return 1'), EvalError);
    const snapshot = StoreSnapshot.decode(readFileSync('test/golden/snapshot-single.bin'));
    const copies = [structuredClone(snapshot), JSON.parse(JSON.stringify(StoreSnapshot.toJson(snapshot, { any: 'bytes' })))];
    assert.deepEqual(StoreSnapshot.encode(copies[0]), StoreSnapshot.encode(snapshot));
    assert.deepEqual(StoreSnapshot.fromJson(copies[1]), snapshot);
    const options = JSON.parse('{"__proto__":"x"}');
    console.log(Object.keys(Driver.decode(Driver.encode({ options })).options).join());
  `;
  const flags = [
    '--disallow-code-generation-from-strings',
    '--disable-proto=throw',
    '--import',
    'tsx',
    '--input-type=module',
    '--eval',
  ];
  const { status, stdout, stderr } = run(...flags, program);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '__proto__\n', stderr: '' });
});
