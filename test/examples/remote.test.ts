import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';

test('[N25] the example’s control loop is killed in another process, and its successor ends the work', async () => {
  const root = join(__dirname, '../..');
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/remote/main.ts'], { cwd: root });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect(errors).toBe('');
  expect(output).toMatch(
    /^The loop was killed after \d+ tasks; another one starts\.\nAll tasks have a node: 10 and 10\.\n$/,
  );
});
