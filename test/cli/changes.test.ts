import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TaskState } from 'swarmstate';
import { openStore } from 'swarmstate/replicated';
import type { ReplicatedStore } from 'swarmstate/replicated';
import { Folders, readFixture } from '../swarm/support/fixtures.ts';
import { aDayAgo, fill, TestFolder } from './support/cluster.ts';
import { linesOf, runCommand, valuesOf } from './support/run-command.ts';
import type { Outcome } from './support/run-command.ts';

const folder = new TestFolder();
const folders = new Folders();
const lmdb = `lmdb:${folder.file('data')}`;
let file = '';
let later = '';
let manager = '';
let store: ReplicatedStore;

beforeAll(async () => {
  file = await folder.snapshot();
  later = await folder.snapshot('later.snapshot', (tx) => {
    fill(tx);
    tx.tasks.modify('task-web-1', (task) => {
      task.status.state = TaskState.FAILED;
      task.status.err = 'no space left';
    });
    tx.tasks.delete('task-web-2');
    tx.nodes.create({ id: 'node2', description: { hostname: 'host-2' } });
    tx.secrets.modify('secret1', (secret) => void (secret.spec.data = Buffer.from('*******')));
  });
  manager = folders.write(readFixture('snapshot-tail').files);
  store = await openStore(lmdb, { store: { now: aDayAgo } });
  await store.update(fill);
  await store.update((tx) => tx.tasks.modify('task-web-1', (task) => void (task.status.state = TaskState.FAILED)));
  await store.update((tx) => tx.tasks.delete('task-web-2'));
});
afterAll(async () => {
  await store.close();
  folder.remove();
  folders.remove();
});

describe('log', () => {
  test('[U15][U29] the entries of a replicated store, with what each of their actions did', async () => {
    const outcome = await runCommand(['log', lmdb]);
    expect(outcome).toMatchObject({ code: 0, errors: '' });
    expect(outcome.output.replace(/writer \w{8}/g, 'writer x')).toBe(
      [
        'entry 1, writer x, 2026-01-01 12:00:00 UTC',
        '  1  created node host-0 (node0)',
        '  1  created node host-1 (node1)',
        '  1  created network front (net1)',
        '  1  created secret password (secret1)',
        '  1  created service web (svc1)',
        '  1  created task web.1 (task-web-1)',
        '  1  created task web.2 (task-web-2)',
        '  1  created service worker (svc2)',
        '  1  created task worker.1 (task-worker-1)',
        '  1  created task worker.2 (task-worker-2)',
        'entry 2, writer x, 2026-01-01 12:00:00 UTC',
        '  2  updated task web.1 (task-web-1): status.state RUNNING → FAILED',
        'entry 3, writer x',
        '  3  deleted task web.2 (task-web-2)',
        '',
      ].join('\n'),
    );
    const tasks = valuesOf(await runCommand(['log', 'tasks', lmdb, '--since', '1', '--jsonl']));
    expect(tasks).toMatchObject([
      { index: 2, applied: true, transactions: [{ version: '2', changes: [{ action: 'update', kind: 'task' }] }] },
      { index: 3, transactions: [{ changes: [{ action: 'delete', object: { id: 'task-web-2', slot: '2' } }] }] },
    ]);
    expect(linesOf(await runCommand(['log', lmdb, '--limit', '1', '--jsonl']))).toHaveLength(1);
    expect(linesOf(await runCommand(['log', lmdb, '--all', '--jsonl']))).toHaveLength(4);
  });

  test('[U15] the entries of a state folder, behind its snapshot; what has no log is an error', async () => {
    const outcome = await runCommand(['log', 'tasks', manager]);
    expect(linesOf(outcome)[0]).toMatch(/^entry 105, term 2, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    expect(linesOf(outcome)[1]).toMatch(/^ {2}105 {2}updated task web\.3 \(\w+\): .*status\.state ASSIGNED → STARTING/);
    const none = await runCommand(['log', file]);
    expect(none.code).toBe(2);
    expect(none.errors).toContain('has no past');
    expect((await runCommand(['log', lmdb, '--since', 'x'])).code).toBe(2);
  });
});

describe('watch', () => {
  /** Runs a watch, and makes changes until it has seen enough. */
  async function watching(args: readonly string[], act: () => Promise<unknown>): Promise<Outcome> {
    const state = { ended: false };
    const outcome = runCommand(args).finally(() => (state.ended = true));
    // The changes of the test come one by one until the command has seen enough.
    while (!state.ended) await act();
    return outcome;
  }

  test('[U16] changes come as they happen, one line each, filtered by the finders', async () => {
    let count = 0;
    const flip = (): Promise<unknown> =>
      store.update((tx) => {
        count += 1;
        tx.nodes.modify('node0', (node) => void (node.status.message = `m${count}`));
        tx.tasks.modify('task-worker-1', (task) => void (task.status.message = `m${count}`));
      });
    const text = await watching(['watch', 'tasks', lmdb, '--service', 'worker', '--limit', '2'], flip);
    expect(text).toMatchObject({ code: 0, errors: '' });
    for (const line of linesOf(text))
      expect(line).toMatch(/^12:00:00 \d+ {2}updated task worker\.1 \(task-worker-1\): status\.message \w+ → m\d+$/);
    const json = valuesOf(await watching(['watch', lmdb, '--json', '--limit', '4'], flip));
    expect(json.map(({ kind, action }) => `${String(action)} ${String(kind)}`)).toEqual([
      'update node',
      'update task',
      'update node',
      'update task',
    ]);
    expect(json[0]).toMatchObject({ object: { id: 'node0' }, oldObject: { id: 'node0' } });
  });

  test('[U30] an update of nothing but version and times is said to be one', async () => {
    const touch = (): Promise<unknown> =>
      store.update((tx) =>
        tx.tasks.modify(
          'task-worker-2',
          (task) => void (task.status.appliedAt = { seconds: (seconds += 1), nanos: 0 }),
        ),
      );
    let seconds = 0;
    const [line] = linesOf(await watching(['watch', 'tasks', lmdb, '--limit', '1'], touch));
    expect(line).toMatch(/^12:00:00 \d+ {2}updated task worker\.2 \(task-worker-2\): its version and times only$/);
  });

  test('[U16] --since begins with what came after a version', async () => {
    const since = await runCommand(['watch', 'tasks', lmdb, '--since', '1', '--limit', '2', '--jsonl']);
    expect(valuesOf(since)).toMatchObject([
      { version: '2', action: 'update', object: { id: 'task-web-1' } },
      { version: '3', action: 'delete', object: { id: 'task-web-2' } },
    ]);
    const future = await runCommand(['watch', lmdb, '--since', '1000000']);
    expect(future.code).toBe(3);
    expect(future.errors).toContain('ERR_VERSION_OUT_OF_BOUNDS');
  });

  test('[U16] the past of a folder ends, a file does not change', async () => {
    const past = await runCommand(['watch', manager, '--jsonl']);
    expect(past.code).toBe(0);
    expect(valuesOf(past).at(-1)).toMatchObject({ version: '119', action: 'delete', kind: 'task' });
    const still = await runCommand(['watch', file]);
    expect(still.code).toBe(2);
    expect(still.errors).toContain('does not change; ls shows it');
  });

  test('[U12][U16] an abort ends a watch, and closes its source', async () => {
    const ending = new AbortController();
    const run = runCommand(['watch', lmdb, '--since', '0'], {
      signal: ending.signal,
      onOutput: () => ending.abort(new Error('Ctrl-C')),
    });
    expect((await run).code).toBe(130);
  });
});

describe('diff', () => {
  test('[U17] two snapshots: what was created, changed field by field, and deleted', async () => {
    const outcome = await runCommand(['diff', file, later]);
    expect(outcome).toMatchObject({ code: 1, errors: '' });
    expect(outcome.output).toBe(
      [
        'created node host-2 (node2)',
        'updated secret password (secret1)',
        '  spec.data (a secret)',
        'updated task web.1 (task-web-1)',
        '  status.state RUNNING → FAILED',
        '  status.err = no space left',
        'deleted task web.2 (task-web-2)',
        '',
      ].join('\n'),
    );
    expect(await runCommand(['diff', file, file])).toMatchObject({ code: 0, output: '' });
    expect(linesOf(await runCommand(['diff', 'nodes', later, file]))).toEqual(['deleted node host-2 (node2)']);
    const json = JSON.parse((await runCommand(['diff', file, later, '--json'])).output) as unknown;
    expect(json).toMatchObject([
      { action: 'create', kind: 'node', object: { id: 'node2' } },
      { action: 'update', kind: 'secret', id: 'secret1', fields: [{ path: 'spec.data', secret: true }] },
      { action: 'update', kind: 'task', fields: [{ path: 'status.state', before: 'RUNNING', after: 'FAILED' }, {}] },
      { action: 'delete', kind: 'task', object: { id: 'task-web-2' } },
    ]);
  });

  test('[U17] versions of a log, and a log with a snapshot', async () => {
    const versions = await runCommand(['diff', lmdb, '--since', '1', '--until', '3']);
    expect(versions.code).toBe(1);
    expect(versions.output).toBe(
      'updated task web.1 (task-web-1)\n  status.state RUNNING → FAILED\ndeleted task web.2 (task-web-2)\n',
    );
    const past = await runCommand(['diff', manager, '--since', '104', '--until', '119', '--jsonl']);
    expect(valuesOf(past).length).toBeGreaterThan(2);
    const before = await runCommand(['diff', manager, '--since', '5']);
    expect(before.code).toBe(3);
    expect(before.errors).toContain('its oldest contents are those of version 104');
    const deleted = linesOf(await runCommand(['diff', 'tasks', file, lmdb]));
    expect(deleted).toContain('deleted task web.2 (task-web-2)');
    for (const args of [
      ['diff', file],
      ['diff', file, later, file],
      ['diff', file, '--since', '1'],
    ])
      expect((await runCommand(args)).code).toBe(2);
  });
});
