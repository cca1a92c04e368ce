import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { canTrace } from '../../../scripts/engines/strace.ts';
import { bundleProgram } from '../processes/bundled.ts';
import { readFlushes, TRACED_CALLS } from './flush-trace.ts';
import type { FlushReport } from './flush-trace.ts';

const folder = mkdtempSync(join(tmpdir(), 'swarmstate-trace-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const GROUPS = 12;

/** The flushes of a writer on a new folder. `inject` makes calls slow, or fail. */
function traced(name: string, inject: string, fault = ''): FlushReport {
  const { path, remove } = bundleProgram(join(__dirname, '../../..'), 'test/replicated/disks/traced.ts');
  try {
    const output = join(folder, `${name}.trace`);
    // Values of 5,000 bytes show whole pages.
    const calls = ['-e', `trace=${TRACED_CALLS}`, '-e', `inject=${inject}`];
    const program = [process.execPath, path, join(folder, name), String(GROUPS), join(folder, 'marks'), fault];
    const { status } = spawnSync('strace', ['-f', '-y', '-s', '5000', ...calls, '-o', output, ...program]);
    expect(status).toBe(0);
    return readFlushes(readFileSync(output, 'utf8'));
  } finally {
    remove();
  }
}

/** The lines of a commit, as strace shows them. */
const commit = {
  open: '7 openat(AT_FDCWD</>, "/db/data.mdb", O_RDWR|O_CREAT, 0600) = 20</db/data.mdb>',
  openHead: '7 openat(AT_FDCWD</>, "/db/data.mdb", O_RDWR|O_DSYNC) = 21</db/data.mdb>',
  propose: '7 write(18</marks>, "propose 1\\n", 10) = 10',
  pages: '8 pwrite64(20</db/data.mdb>, "\\0log/0000000000000001\\0", 4096, 8192) = 4096',
  flush: '8 fdatasync(20</db/data.mdb>) = 0',
  head: '8 pwrite64(21</db/data.mdb>, "\\0\\2", 128, 40) = 128',
  resolve: '7 write(18</marks>, "resolve 1\\n", 10) = 10',
};

describe('a trace of system calls', () => {
  test('[J53] entries are on disk where the calls of a commit returned in their order, and nowhere else', () => {
    const { open, openHead, propose, pages, flush, head, resolve } = commit;
    const split = [
      '8 fdatasync(20</db/data.mdb> <unfinished ...>',
      '7 write(9</x>, "y", 1) = 1',
      '8 <... fdatasync resumed>) = 0',
    ];
    const good = [
      [open, openHead, propose, pages, flush, head, resolve],
      [open, openHead, propose, pages, ...split, head, resolve],
    ];
    for (const lines of good) expect(readFlushes(lines.join('\n'))).toEqual({ acknowledged: [1], unflushed: [] });
    const bad = [
      [open, openHead, propose, pages, head, resolve],
      [open, openHead, propose, flush, pages, head, resolve],
      [open, openHead, propose, pages, flush, resolve, head],
      [open, openHead, propose, pages, head, flush, resolve],
      [open, openHead, pages, flush, propose, head, resolve],
      [open, openHead, propose, pages, split[0], resolve, split[2], head],
      [open, openHead, propose, pages, flush.replace('= 0', '= -1 EIO'), head, resolve],
      [open, openHead.replace('|O_DSYNC', ''), propose, pages, flush, head, resolve],
      [open, openHead, propose, pages.replace('1\\0', '2\\0'), flush, head, resolve],
    ];
    for (const lines of bad) expect(readFlushes(lines.join('\n'))).toEqual({ acknowledged: [1], unflushed: [1] });
  });

  if (canTrace()) {
    // A slow disk shows an acknowledgement that does not wait.
    const slow = 'fdatasync:delay_enter=20000';

    test('[J53] every acknowledged entry on lmdb is on disk before its updates resolve', () => {
      const { acknowledged, unflushed } = traced('slow', slow);
      expect(acknowledged.length).toBeGreaterThanOrEqual(GROUPS);
      expect(unflushed).toEqual([]);
    });

    test('[J53] the same look finds no entry on disk where lmdb does not flush', () => {
      const { acknowledged, unflushed } = traced('unflushed', slow, 'no flush');
      expect(acknowledged.length).toBeGreaterThanOrEqual(GROUPS);
      expect(unflushed).toEqual(acknowledged);
    });

    test('[J53] an entry whose flush fails is not acknowledged', () => {
      // The number counts for each thread.
      const { acknowledged, unflushed } = traced('failing', 'fdatasync:error=EIO:when=3+', 'failing flush');
      expect(acknowledged.length).toBeGreaterThan(0);
      expect(acknowledged.length).toBeLessThan(GROUPS);
      expect(unflushed).toEqual([]);
    });
  } else {
    test('[J53] where system calls cannot be traced, the flushes of lmdb are left out', () => {
      expect(canTrace()).toBe(false);
    });
  }
});
