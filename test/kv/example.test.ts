import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

test('[Q26] the discovery example lists three processes, and one less after each leaves or is killed', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'examples/discovery/main.ts'], {
    cwd: join(__dirname, '../..'),
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout.trim().split('\n').slice(-4)).toEqual([
    'there: anna bert carl',
    'there: anna carl',
    'there: anna',
    'nobody is there',
  ]);
}, 70_000);
