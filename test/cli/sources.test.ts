import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { StoreSnapshot } from 'swarmstate/proto';
import { openStore } from 'swarmstate/replicated';
import { Folders, readFixture } from '../swarm/support/fixtures.ts';
import { aDayAgo, contents, fill, TestFolder } from './support/cluster.ts';
import { output, runCommand } from './support/run-command.ts';

const folder = new TestFolder();
const folders = new Folders();
let file = '';
beforeAll(async () => {
  file = await folder.snapshot();
});
afterAll(() => {
  folder.remove();
  folders.remove();
});

describe('sources', () => {
  test('[U1] a snapshot of ours or of swarmkit, as bytes, JSON or YAML, from a file or standard input', async () => {
    const snapshot = await contents();
    const yaml = await import('yaml');
    const golden = join(__dirname, '../golden');
    const json = StoreSnapshot.toJson(snapshot);
    const forms: readonly (string | Uint8Array)[] = [
      readFileSync(file),
      StoreSnapshot.encode(snapshot),
      JSON.stringify(json),
      yaml.stringify(json),
    ];
    for (const [number, form] of forms.entries()) {
      const path = folder.file(`form-${number}`);
      writeFileSync(path, form);
      const read = await runCommand(['ls', 'tasks', path]);
      expect(read).toMatchObject({ code: 0, output: await output('ls', 'tasks', file) });
      expect(read.errors.includes('has no seal')).toBe(number === 1);
      const piped = await runCommand(['ls', 'tasks', '-'], { input: form });
      expect(piped.output).toBe(await output('ls', 'tasks', file));
    }
    // swarmkit's snapshots: the contents alone, and with the members of the swarm around them.
    for (const name of ['snapshot-single.bin', 'raft-snapshot.bin']) {
      const { output: ids } = await runCommand(['ls', 'services', join(golden, name), '--jsonl']);
      expect(ids.trimEnd().split('\n')).toHaveLength(6);
    }
  });

  test('[U1] the state folder of a manager, with what its reading warns of', async () => {
    const fixture = readFixture('snapshot-tail');
    const path = folders.write(fixture.files);
    const { output: text } = await runCommand(['ls', 'nodes', path, '--json']);
    const ids = (JSON.parse(text) as { readonly id: string }[]).map(({ id }) => id);
    const { nodes } = fixture.expected.committed.objects ?? fixture.expected.all.objects;
    expect(ids).toEqual(nodes?.map(({ id }) => id));
  });

  test('[U1][U8] a replicated store in a folder of lmdb, which stays as it is', async () => {
    const path = folder.file('data');
    const store = await openStore(`lmdb:${path}`, { store: { now: aDayAgo } });
    await store.update(fill);
    await store.close();
    const hash = (): string =>
      createHash('sha256')
        .update(readFileSync(join(path, 'data.mdb')))
        .digest('hex');
    const before = [hash(), ...readdirSync(path)];
    expect(await output('ls', 'tasks', `lmdb:${path}`)).toBe(await output('ls', 'tasks', file));
    expect([hash(), ...readdirSync(path)]).toEqual(before);
    const missing = await runCommand(['ls', 'tasks', `lmdb:${folder.file('nothing')}`]);
    expect(missing.code).toBe(3);
    expect(readdirSync(folder.path)).not.toContain('nothing');
  });

  test('[U1][U9] what is no source is an error that says what a source can be', async () => {
    const nothing = await runCommand(['ls', 'tasks', folder.file('nothing')]);
    expect(nothing.code).toBe(3);
    expect(nothing.errors).toMatch(/there is no file or folder .*nothing', and it is no address; a source is\n/);
    expect(nothing.errors).toContain('lmdb:./data');
    writeFileSync(folder.file('junk'), Buffer.from([7, 7, 7]));
    const junk = await runCommand(['ls', 'tasks', folder.file('junk')]);
    expect(junk.code).toBe(3);
    expect(junk.errors).toContain('junk is no snapshot');
    const cut = folder.file('cut');
    writeFileSync(cut, readFileSync(file).subarray(0, 700));
    expect((await runCommand(['ls', 'tasks', cut])).code).toBe(3);
    const flipped = Buffer.from(readFileSync(file));
    flipped.write('h', flipped.indexOf('host-0') + 1);
    writeFileSync(cut, flipped);
    expect((await runCommand(['ls', 'tasks', cut])).errors).toContain('ERR_INCOMPLETE_SNAPSHOT');
    expect((await runCommand(['ls', 'tasks', file, file])).code).toBe(2);
  });

  test('[U1] without a source, $SWARMSTATE_SOURCE is read', async () => {
    const { output: text } = await runCommand(['ls', 'tasks'], { env: { SWARMSTATE_SOURCE: file } });
    expect(text).toBe(await output('ls', 'tasks', file));
  });
});

describe('the program', () => {
  test('[U9] wrong command lines end with 2 and a hint, --help and --version with 0', async () => {
    expect((await runCommand(['lss', 'tasks'])).errors).toContain('Did you mean ls?');
    for (const args of [['lss'], ['ls', 'tasks', '--nothing'], ['ls', 'things', file], ['get', 'task']])
      expect((await runCommand(args)).code).toBe(2);
    expect(await runCommand(['--version'])).toMatchObject({ code: 0, output: '1.2.3\n' });
    const help = await runCommand(['--help']);
    expect(help).toMatchObject({ code: 0, errors: '' });
    for (const name of ['ls', 'get']) {
      const { code, output: text } = await runCommand(['help', name]);
      expect(code).toBe(0);
      expect(text).toContain('Examples:');
      expect(help.output).toContain(`\n  ${name} `);
    }
  });

  test('[U31] ls and get without a kind list the kinds', async () => {
    for (const name of ['ls', 'get']) {
      const { code, errors } = await runCommand([name]);
      expect(code).toBe(2);
      expect(errors).toContain('name a kind: clusters, configs, extensions, networks, nodes');
      expect((await runCommand([name, '--help'])).output).toContain(`${name} [options] <KIND>`);
    }
  });
});
