import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { saveToFile } from 'swarmstate/files';
import { StoreSnapshot } from 'swarmstate/proto';
import { contents, TestFolder } from './support/cluster.ts';
import { output, runCommand } from './support/run-command.ts';

const folder = new TestFolder();
let file = '';
beforeAll(async () => {
  file = await folder.snapshot();
});
afterAll(() => folder.remove());

describe('ls', () => {
  test('[U2] tasks are a table for people, by name, node, state and age', async () => {
    expect(await output('ls', 'tasks', file)).toBe(
      [
        'ID             NAME      NODE    STATE    DESIRED   SINCE     IMAGE             MESSAGE',
        'task-web-1     web.1     host-0  running  running   100s ago  example/web:1     started',
        'task-web-2     web.2     host-1  failed   shutdown  3m ago    example/web:1     task: non-zero exit (137)',
        'task-worker-1  worker.1  host-0  running  running   100s ago  example/worker:1  started',
        'task-worker-2  worker.2  host-1  running  running   3m ago    example/worker:1  started',
        '',
      ].join('\n'),
    );
  });

  test('[U28] tasks of a service stand together, by slot as a number, the newest of a slot first', async () => {
    const path = folder.file('slots.snapshot');
    const store = new MemoryStore();
    const slots = { a: 2, b: 2, c: 10, d: 1 };
    for (const [seconds, [id, slot]] of Object.entries(slots).entries()) {
      const meta = { createdAt: { seconds, nanos: 0 } };
      await store.update((tx) => tx.tasks.create({ id, meta, slot, serviceAnnotations: { name: 'web' } }));
    }
    await saveToFile(store, path);
    await store.close();
    const rows = (await output('ls', 'tasks', path)).split('\n').slice(1, -1);
    expect(rows.map((row) => row.split(/ +/).slice(0, 2).join(' '))).toEqual([
      'd web.1',
      'b web.2',
      'a web.2',
      'c web.10',
    ]);
    const objects = JSON.parse(await output('ls', 'tasks', path, '--json')) as { readonly id: string }[];
    expect(objects.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('[U2] services show running and wanted replicas, nodes their role and state', async () => {
    expect(await output('ls', 'services', file)).toBe(
      [
        'ID    NAME    MODE        REPLICAS  IMAGE             PORTS  UPDATED',
        'svc1  web     replicated  1/2       example/web:1',
        'svc2  worker  replicated  2/2       example/worker:1',
        '',
      ].join('\n'),
    );
    expect(await output('ls', 'node', file)).toBe(
      [
        'ID     NAME    ROLE     STATE  AVAILABILITY  TASKS  ADDRESS   ENGINE',
        'node0  host-0  manager  ready  active        2      10.0.0.0  27.1',
        'node1  host-1  worker   down   active        1      10.0.0.1  27.1',
        '',
      ].join('\n'),
    );
  });

  test('[U2] every kind has a table, and --count writes the number alone', async () => {
    for (const [kind, count] of Object.entries({
      clusters: 0,
      configs: 0,
      extensions: 0,
      networks: 1,
      nodes: 2,
      resources: 0,
      secrets: 1,
      services: 2,
      tasks: 4,
      volumes: 0,
    })) {
      expect((await output('ls', kind, file)).split('\n')).toHaveLength(count + 2);
      expect(await output('ls', file, kind, '--count')).toBe(`${count}\n`);
    }
  });

  test('[U10] a table is as wide as the terminal, its ids are short, and --wide cuts nothing', async () => {
    const narrow = await runCommand(['ls', 'tasks', file], { columns: 72, env: { NO_COLOR: '1' } });
    const lines = narrow.output.trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(72);
    expect(lines[2]).toMatch(/^task-web-2 .* failed .*…$/);
    const wide = await runCommand(['ls', 'tasks', file, '--wide'], { columns: 72, env: { NO_COLOR: '1' } });
    expect(wide.output).toBe(await output('ls', 'tasks', file));
  });

  test('[U10] states are coloured and named on a terminal, unless NO_COLOR is set', async () => {
    const { output: colored } = await runCommand(['ls', 'tasks', file], { columns: 200 });
    expect(colored).toContain('\u001b[31mfailed\u001b[39m');
    expect(colored).toContain('\u001b[32mrunning\u001b[39m');
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      const { output: plain } = await runCommand(['ls', 'tasks', file], { columns: 200, env });
      expect(plain).not.toContain('\u001b');
    }
    expect(await output('ls', 'tasks', file)).not.toContain('\u001b');
  });

  test('[U3] --json, --jsonl and --yaml write the same objects, in the form of their codecs', async () => {
    const expected = StoreSnapshot.toJson(await contents()) as { readonly tasks: readonly unknown[] };
    expect(JSON.parse(await output('ls', 'tasks', file, '--json'))).toEqual(expected.tasks);
    const lines = (await output('ls', 'tasks', file, '--jsonl')).trimEnd().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(expected.tasks);
    const yaml = await import('yaml');
    expect(yaml.parse(await output('ls', 'tasks', file, '--yaml'))).toEqual(expected.tasks);
    expect(await output('ls', 'volumes', file, '--json')).toBe('[]\n');
    expect(await output('ls', 'volumes', file, '--jsonl')).toBe('');
    expect(await output('ls', 'volumes', file, '--yaml')).toBe('[]\n');
    expect((await runCommand(['ls', 'tasks', file, '--json', '--yaml'])).code).toBe(2);
  });
});

describe('filters', () => {
  const names = async (...args: readonly string[]): Promise<readonly string[]> =>
    (JSON.parse(await output('ls', ...args, file, '--json')) as { readonly id: string }[]).map(({ id }) => id);

  test('[U4] a filter is a finder: by name or id of what it refers to, by state, by slot, by label', async () => {
    expect(await names('tasks', '--service', 'web')).toEqual(['task-web-1', 'task-web-2']);
    expect(await names('tasks', '--service', 'svc2', '--node', 'HOST-1')).toEqual(['task-worker-2']);
    expect(await names('tasks', '--state', 'Failed')).toEqual(['task-web-2']);
    expect(await names('tasks', '--state', '704')).toEqual(['task-web-2']);
    expect(await names('tasks', '--desired-state', 'running', '--slot', 'web.1')).toEqual(['task-web-1']);
    expect(await names('tasks', '--id-prefix', 'task-w', '--network', 'front', '--label', 'tier=back')).toEqual([
      'task-worker-1',
      'task-worker-2',
    ]);
    expect(await names('services', '--name-prefix', 'W', '--label', 'tier')).toEqual(['svc1', 'svc2']);
    expect(await names('nodes', '--role', 'manager')).toEqual(['node0']);
    expect(await names('tasks', '--service', 'gone')).toEqual([]);
  });

  test('[U4] a filter that is given twice means either, different filters mean both', async () => {
    expect(await names('tasks', '--slot', 'web.2', '--slot', 'worker.1')).toEqual(['task-web-2', 'task-worker-1']);
    expect(await names('tasks', '--state', 'failed', '--state', 'running', '--node', 'host-1')).toEqual([
      'task-web-2',
      'task-worker-2',
    ]);
  });

  test('[U4][U9] a filter that the table refuses, and a wrong value, are errors with the right ones', async () => {
    const wrong = await runCommand(['ls', 'nodes', file, '--service', 'web']);
    expect(wrong.code).toBe(2);
    expect(wrong.errors).toContain('nodes are not found by --service; they are by --id, --id-prefix, --name');
    const state = await runCommand(['ls', 'tasks', file, '--state', 'lost']);
    expect(state.code).toBe(2);
    expect(state.errors).toContain('--state takes one of new, pending, assigned');
    expect((await runCommand(['ls', 'tasks', file, '--slot', 'web'])).errors).toContain('--slot takes SERVICE.SLOT');
    const help = await runCommand(['ls', '--help']);
    expect(help.output).toMatch(/--state <STATE> +tasks\n/);
    expect(help.output).toMatch(/--custom-prefix <INDEX=PREFIX> +all kinds\n/);
  });
});

describe('get', () => {
  test('[U5] an object is named by its id, by its name, or by the beginning of its id', async () => {
    const yaml = await import('yaml');
    for (const name of ['svc1', 'WEB']) {
      const text = await output('get', 'service', name, file);
      expect(yaml.parse(text)).toMatchObject({ id: 'svc1', spec: { annotations: { name: 'web' } } });
    }
    expect(JSON.parse(await output('get', file, 'task', 'task-web-2', '--json'))).toMatchObject({ slot: '2' });
    expect(JSON.parse(await output('get', 'task', 'task-worker-1', file, '--jsonl'))).toMatchObject({ slot: '1' });
    expect(JSON.parse(await output('get', 'network', 'net', file, '--json'))).toMatchObject({ id: 'net1' });
  });

  test('[U5][U9] several objects of that name, and none, are errors that list them', async () => {
    const several = await runCommand(['get', 'task', 'task-w', file]);
    expect(several.code).toBe(4);
    expect(several.errors).toContain("'task-w' means 4 tasks; give more of the id:");
    expect(several.errors).toContain('task-web-1  web.1');
    const none = await runCommand(['get', 'task', 'nothing', file]);
    expect(none.code).toBe(4);
    expect(none.errors).toBe("swarmstate: there is no task with the id or name 'nothing'\n");
  });
});

describe('secrets and hostile texts', () => {
  test('[U7] secrets are emptied, and --show-secrets works on a terminal only', async () => {
    const secret = Buffer.from('hunter2').toString('base64');
    for (const args of [
      ['get', 'secret', 'password', file],
      ['ls', 'secrets', file, '--json'],
    ])
      expect(await output(...args)).not.toContain(secret);
    const shown = await runCommand(['get', 'secret', 'password', file, '--show-secrets'], { columns: 80 });
    expect(shown.output).toContain(secret);
    const piped = await runCommand(['get', 'secret', 'password', file, '--show-secrets']);
    expect(piped.code).toBe(2);
    expect(piped.output).toBe('');
    expect(piped.errors).toContain('--show-secrets writes to a terminal only');
  });

  test('[U6] a name cannot command the terminal: not in a table, not in JSON or YAML, not in an error', async () => {
    const evil = 'a\u001b[2Jb\u001b]0;owned\u0007c\u202edcba\u200be\r\nf\u009bg\u{e0001}';
    const path = await folder.snapshot('evil.snapshot', (tx) => {
      for (const id of ['e1', 'e2'])
        tx.nodes.create({ id, description: { hostname: evil }, spec: { annotations: { labels: { [evil]: evil } } } });
    });
    const table = await runCommand(['ls', 'nodes', path], { columns: 120, env: { NO_COLOR: '1' } });
    expect(table.output).toContain('abcdcbae f');
    const ambiguous = await runCommand(['get', 'node', 'e', path]);
    expect(ambiguous.code).toBe(4);
    for (const text of [
      table.output,
      ambiguous.errors,
      await output('ls', 'nodes', path, '--json'),
      await output('ls', 'nodes', path, '--jsonl'),
      await output('ls', 'nodes', path, '--yaml'),
      await output('get', 'node', 'e1', path),
    ])
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    const yaml = await import('yaml');
    for (const read of [
      JSON.parse(await output('get', 'node', 'e1', path, '--json')) as unknown,
      yaml.parse(await output('get', 'node', 'e1', path, '--yaml')) as unknown,
    ])
      expect(read).toMatchObject({
        description: { hostname: evil },
        spec: { annotations: { labels: { [evil]: evil } } },
      });
  });
});
