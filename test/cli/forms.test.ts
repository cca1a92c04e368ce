import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { createStore } from 'swarmstate/kv';
import { openStore } from 'swarmstate/replicated';
import { StoreSnapshot } from 'swarmstate/proto';
import { Folders, readFixture } from '../swarm/support/fixtures.ts';
import { aDayAgo, fill, TestFolder } from './support/cluster.ts';
import { runCommand, valuesOf } from './support/run-command.ts';

const folder = new TestFolder();
const folders = new Folders();
const lmdb = `lmdb:${folder.file('data')}`;
let file = '';
let manager = '';

beforeAll(async () => {
  file = await folder.snapshot();
  manager = folders.write(readFixture('snapshot-tail').files);
  const store = await openStore(lmdb, { store: { now: aDayAgo } });
  await store.update(fill);
  await store.close();
});
afterAll(() => {
  folder.remove();
  folders.remove();
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

  test('[U32] an output in a folder that is not there is an error before the source is read', async () => {
    const gone = folder.file('gone/a.snapshot');
    const { code, errors } = await runCommand(['convert', folder.file('nothing'), '-o', gone]);
    expect(code).toBe(3);
    expect(errors).toBe(`swarmstate: ${gone} cannot be written: there is no folder ${folder.file('gone')}\n`);
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
