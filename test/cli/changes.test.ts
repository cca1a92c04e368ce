import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MemoryStore, TaskState } from 'swarmstate';
import { createStore } from 'swarmstate/kv';
import { openStore } from 'swarmstate/replicated';
import type { ReplicatedStore } from 'swarmstate/replicated';
import { StoreSnapshot } from 'swarmstate/proto';
import { Folders, readFixture } from '../swarm/support/fixtures.ts';
import { aDayAgo, fill, TestFolder } from './support/cluster.ts';
import { runCommand } from './support/run-command.ts';
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

function linesOf({ output }: Outcome): readonly string[] {
  return output.split('\n').slice(0, -1);
}

function valuesOf(outcome: Outcome): readonly Record<string, unknown>[] {
  return linesOf(outcome).map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('log', () => {
  test('[U15] the entries of a replicated store, with what each of their actions did', async () => {
    const outcome = await runCommand(['log', lmdb]);
    expect(outcome).toMatchObject({ code: 0, errors: '' });
    expect(outcome.output.replace(/writer \w{8}/g, 'writer x')).toBe(
      [
        'entry 1, writer x',
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
        'entry 2, writer x',
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
    expect(linesOf(outcome)[0]).toBe('entry 105, term 2');
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

describe('verify', () => {
  test('[U18] seal, log, references, names and indexes of sources that are whole', async () => {
    const sealed = await runCommand(['verify', file]);
    expect(sealed).toMatchObject({ code: 0, errors: '' });
    expect(sealed.output).toBe(
      [
        'ok   seal       it matches',
        'ok   references 14 references',
        'ok   names      4 names',
        'ok   indexes    29 keys',
        '',
      ].join('\n'),
    );
    const log = await runCommand(['verify', lmdb, '--jsonl']);
    expect(log.code).toBe(0);
    expect(valuesOf(log).map(({ check }) => check)).toEqual(['log', 'references', 'names', 'indexes']);
    expect((await runCommand(['verify', manager])).code).toBe(0);
  });

  test('[U18] references that lead nowhere and names that are not unique are problems', async () => {
    const snapshot = StoreSnapshot.from({
      tasks: [{ id: 't1', serviceId: 'gone', nodeId: 'n1', spec: { networks: [{ target: 'net9' }] } }],
      services: [
        { id: 's1', spec: { annotations: { name: 'web' } } },
        { id: 's2', spec: { annotations: { name: 'WEB' } } },
      ],
      resources: [{ id: 'r1', kind: 'ghost', annotations: { name: 'r' } }],
    });
    writeFileSync(folder.file('broken.json'), JSON.stringify(StoreSnapshot.toJson(snapshot)));
    const { code, output } = await runCommand(['verify', folder.file('broken.json')]);
    expect(code).toBe(1);
    expect(output).toContain('FAIL references 4 references');
    for (const line of [
      'task gone.n1 (t1) refers to the service gone, which is not there',
      'task gone.n1 (t1) refers to the node n1, which is not there',
      'task gone.n1 (t1) refers to the network net9, which is not there',
      'resource r (r1) is of the kind ghost, which is not there',
      'service WEB (s2) has the name of s1',
    ])
      expect(output).toContain(`     ${line}\n`);
  });

  test('[U18] an entry that was changed, and one that is missing, break the chain of a log', async () => {
    const address = `lmdb:${folder.file('chain')}`;
    const kv = await createStore('lmdb', [folder.file('chain')]);
    const log = await openStore({ kv, prefix: 'swarmstate' }, { snapshotEvery: 3 });
    for (let number = 0; number < 6; number += 1) await log.update((tx) => tx.nodes.create({ id: `n${number}` }));
    // A reader begins at the snapshot, and does not miss an older entry.
    for await (const { key } of kv.changes('swarmstate', { from: 0n })) if (key === 'swarmstate/snapshot') break;
    await log.close();
    expect((await runCommand(['verify', address])).code).toBe(0);
    const first = await kv.get('swarmstate/log/0000000000000001');
    await kv.delete('swarmstate/log/0000000000000001');
    const { code, output } = await runCommand(['verify', address]);
    expect(code).toBe(1);
    expect(output).toMatch(/FAIL log +1 entries\n {5}log\/0{15}2: slot 1 is missing before it/);
    const changed = Buffer.from(first.value);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    await kv.put('swarmstate/log/0000000000000001', changed);
    await kv.close();
    const damaged = await runCommand(['verify', address]);
    expect(damaged).toMatchObject({ code: 1, errors: '' });
    expect(damaged.output).toMatch(/^FAIL log +1 entries\n {5}log\/0{15}1: /);
    const cut = folder.file('cut.snapshot');
    writeFileSync(cut, readFileSync(file).subarray(0, -40));
    expect((await runCommand(['verify', cut])).code).toBe(1);
  });
});

describe('convert', () => {
  test('[U19] a snapshot to JSON and YAML and back has the same bytes, but for its secrets', async () => {
    const expected = new MemoryStore();
    await expected.update(fill);
    const redacted = StoreSnapshot.from({
      ...expected.save(),
      secrets: [{ ...expected.save().secrets[0]!, spec: { annotations: { name: 'password' } } }],
    });
    for (const ending of ['json', 'yaml', 'snapshot']) {
      const between = folder.file(`between.${ending}`);
      const outcome = await runCommand(['convert', file, '-o', between]);
      expect(outcome).toMatchObject({ code: 0, output: '' });
      expect(outcome.errors).toContain('secrets, keys and join tokens are emptied');
      const { bytes } = await runCommand(['convert', between, '--to', 'swarmkit']);
      expect(StoreSnapshot.decode(bytes)).toEqual(redacted);
      expect((await runCommand(['diff', file, between])).output).toBe(
        'updated secret password (secret1)\n  spec.data (a secret)\n',
      );
    }
    const { output } = await runCommand(['convert', file]);
    expect(JSON.parse(output)).toEqual(StoreSnapshot.toJson(redacted));
    const sealed = await runCommand(['convert', file, '--to', 'snapshot']);
    expect((await runCommand(['verify', '-'], { input: sealed.bytes })).output).toContain('ok   seal       it matches');
    writeFileSync(folder.file('empty.json'), '{}');
    expect((await runCommand(['convert', folder.file('empty.json')])).output).toBe('{}\n');
  });

  test('[U7][U19] bytes do not go to a terminal, secrets not to another program', async () => {
    expect((await runCommand(['convert', file, '--to', 'snapshot'], { columns: 80 })).code).toBe(2);
    expect((await runCommand(['convert', file, '--show-secrets'])).code).toBe(2);
    const shown = await runCommand(['convert', file, '--show-secrets'], { columns: 80 });
    expect(shown.output).toContain(Buffer.from('hunter2').toString('base64'));
  });
});

describe('the rest', () => {
  test('[U20] completions of each shell have the commands, the kinds and the options', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, output } = await runCommand(['completion', shell]);
      expect(code).toBe(0);
      for (const word of ['bench-store', 'volumes', 'id-prefix', 'show-secrets']) expect(output).toContain(word);
    }
    expect((await runCommand(['completion', 'powershell'])).code).toBe(2);
  });

  test('[U21] bench-store measures the operations of the store', async () => {
    const { code, output } = await runCommand(['bench-store', '--tasks', '200', '--json']);
    expect(code).toBe(0);
    for (const { count, perSecond } of JSON.parse(output) as { count: number; perSecond: number }[]) {
      expect(count).toBeGreaterThan(0);
      expect(perSecond).toBeGreaterThan(0);
    }
    expect((await runCommand(['bench-store', '--tasks', '200'])).output).toMatch(
      /^OPERATION +TIMES +PER SECOND +EACH\n/,
    );
  });

  test('[U22] long work shows a line with rate and remaining time, on a terminal only, and takes it away', async () => {
    let time = 0;
    const now = (): number => (time += 300);
    const { errors } = await runCommand(['convert', file], { columns: 160, env: { NO_COLOR: '1' }, now });
    const line = '\r\u001b[K';
    expect(errors).toContain(`${line}writing ${file}: 50 % of 10 objects, 3 objects/s, 2 s left${line}`);
    expect(errors).toContain(`${line}swarmstate: secrets`);
    expect((await runCommand(['convert', file], { now })).errors).not.toContain('\r');
  });
});
