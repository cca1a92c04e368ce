import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { MemoryStore, NodeStatusState, UpdateConfigFailureAction, all, byName } from 'swarmstate';
import { saveToFile } from 'swarmstate/files';
import { ClusterSnapshot, Snapshot, StoreSnapshot } from 'swarmstate/proto';
import { UsageError, help, parseArguments } from '../../examples/orchestrator/arguments.ts';
import { startChronicle } from '../../examples/orchestrator/chronicle.ts';
import { addNode, ensureNodes } from '../../examples/orchestrator/cluster.ts';
import { liveDisplay, plainDisplay } from '../../examples/orchestrator/display/display.ts';
import { columns, statusLine } from '../../examples/orchestrator/display/status.ts';
import { clip, createStyle, pad, terminalOf } from '../../examples/orchestrator/display/style.ts';
import { summary } from '../../examples/orchestrator/display/summary.ts';
import { satisfies } from '../../examples/orchestrator/loops/constraints.ts';
import { clusterProgress, isSettled } from '../../examples/orchestrator/progress.ts';
import { nextImage } from '../../examples/orchestrator/choices.ts';
import { runScenario } from '../../examples/orchestrator/scenario.ts';
import {
  SnapshotFileError,
  decodeSnapshot,
  readSnapshotFile,
  writeSnapshotFile,
} from '../../examples/orchestrator/snapshot-file.ts';
import { unfinished } from './support/invariants.ts';
import { World } from './support/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'cluster-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function storeWithService(): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.update((tx) => {
    addNode(tx, { hostname: 'host-1' }, 'node-1');
    tx.services.create({ id: 'web', spec: { annotations: { name: 'web' }, replicated: { replicas: 2 } } });
  });
  return store;
}

describe('the command line', () => {
  test.each([
    [[], { kind: 'compose', file: undefined }],
    [['shop.yaml'], { kind: 'compose', file: 'shop.yaml' }],
    [['--restore', 'a'], { kind: 'restore', file: 'a' }],
    [['--restore=a=b'], { kind: 'restore', file: 'a=b' }],
    [['-h'], { kind: 'help' }],
    [['shop.yaml', '--help'], { kind: 'help' }],
  ])('[L21] the command line takes %j', (given, expected) => {
    expect(parseArguments(given)).toEqual(expected);
  });

  test.each([
    [['--restor', 'a'], 'there is no option --restor; did you mean --restore?'],
    [['-x'], 'there is no option -x'],
    [['--restore'], '--restore needs the path of a snapshot'],
    [['--restore', '--help'], '--restore needs the path of a snapshot'],
    [['--restore', 'a', '--restore', 'b'], '--restore is given twice'],
    [['a', 'b'], 'one Compose file at a time, please, not 2 (a, b)'],
    [['a', '--restore', 'b'], '--restore brings its services along'],
  ])('[L21] the command line refuses %j', (given, message) => {
    expect(() => parseArguments(given)).toThrow(UsageError);
    expect(() => parseArguments(given)).toThrow(message);
    expect(() => parseArguments(given)).toThrow('Try: npm start -- --help');
  });

  test('[L21] the help names every option', () => {
    for (const option of ['--restore SNAPSHOT', '--help', 'COMPOSE-FILE', 'NO_COLOR', 'data/cluster.snapshot'])
      expect(help).toContain(option);
  });
});

describe('the snapshot file', () => {
  test('[L22] a snapshot file holds the store’s contents, and the membership that it came with', async () => {
    const store = await storeWithService();
    const membership = ClusterSnapshot.fromJson({ members: [{ node_id: 'node-1' }] });
    const path = join(folder, 'deep', 'cluster.snapshot');
    const bytes = await writeSnapshotFile(path, store, membership);
    expect(bytes).toBe(readFileSync(path).length);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const contents = await readSnapshotFile(path);
    expect(StoreSnapshot.encode(contents.store)).toEqual(StoreSnapshot.encode(store.save()));
    expect(contents.membership).toEqual(membership);
    expect(await writeSnapshotFile(path, new MemoryStore())).toBeLessThan(10);
    expect((await readSnapshotFile(path)).store.services).toEqual([]);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['cluster.snapshot']);
  });

  test('[L22] a bare StoreSnapshot will do, whatever tables it has', async () => {
    const store = await storeWithService();
    expect(decodeSnapshot(StoreSnapshot.encode(store.save()), 'file').store).toEqual(store.save());
    const services = StoreSnapshot.encode({ services: store.save().services });
    expect(decodeSnapshot(services, 'file').store.services).toEqual(store.save().services);
    expect(decodeSnapshot(services, 'file').unsealed).toBe(true);
  });

  test('[L22] a sealed StoreSnapshot is taken as well', async () => {
    const store = await storeWithService();
    const path = join(folder, 'sealed');
    await saveToFile(store, path);
    const contents = await readSnapshotFile(path);
    expect(contents.store).toEqual(store.save());
    expect(contents.unsealed).toBeUndefined();
  });

  test('[L22] an empty file, and a Snapshot that was cut off anywhere, are refused', async () => {
    const membership = ClusterSnapshot.fromJson({ members: [{ node_id: 'node-1' }] });
    const bytes = Snapshot.encode({ membership, store: (await storeWithService()).save() });
    for (let end = 0; end < bytes.length; end++)
      expect(() => decodeSnapshot(bytes.subarray(0, end), 'file')).toThrow(SnapshotFileError);
    expect(() => decodeSnapshot(new Uint8Array(), 'file')).toThrow('file: this file is empty');
  });

  test('[L22] a file that cannot be used is refused with the reason', async () => {
    const bytes = Snapshot.encode({ store: (await storeWithService()).save() });
    const damaged = bytes.slice(0, -3);
    const path = join(folder, 'bad');
    const reason = async (content: Uint8Array): Promise<string> => {
      writeFileSync(path, content);
      try {
        await readSnapshotFile(path);
      } catch (error) {
        expect(error).toBeInstanceOf(SnapshotFileError);
        return (error as Error).message;
      }
      return 'no error';
    };
    expect(await reason(damaged)).toMatch(/bad: this is neither a Snapshot nor a StoreSnapshot of swarmkit: .*byte/);
    expect(await reason(new TextEncoder().encode('{"nodes": []}'))).toMatch(/neither a Snapshot/);
    expect(await reason(Uint8Array.of(8, 7, ...bytes))).toMatch(/bad: .*version 7/);
    await expect(readSnapshotFile(join(folder, 'nowhere'))).rejects.toThrow(/nowhere: there is no such file/);
    await expect(readSnapshotFile(folder)).rejects.toThrow(/this is a folder/);
  });
});

describe('the display', () => {
  test('[L23] a terminal gets a table in place, in colours unless NO_COLOR is set; anything else plain lines', () => {
    expect(terminalOf(true, {})).toEqual({ live: true, colours: true });
    expect(terminalOf(true, { NO_COLOR: '1' })).toEqual({ live: true, colours: false });
    expect(terminalOf(true, { NO_COLOR: '' })).toEqual({ live: true, colours: true });
    expect(terminalOf(true, { TERM: 'dumb' })).toEqual({ live: false, colours: false });
    expect(terminalOf(false, {})).toEqual({ live: false, colours: false });
  });

  test('[L23] plain output has no escape sequence; the table fits its terminal and is written over', async () => {
    const store = await storeWithService();
    const written: string[] = [];
    const output = { columns: 40, rows: 6, write: (text: string) => written.push(text) };
    const options = { output, time: () => '00:01', footer: () => 'a footer', style: createStyle(false) };
    const plain = plainDisplay(store, options);
    plain.tell('something happened');
    plain.close();
    expect(written).toEqual(['00:01  something happened\n', `00:01  ${store.view(statusLine)}\n`]);
    written.length = 0;
    const live = liveDisplay(store, options);
    live.tell('x'.repeat(100));
    live.close();
    const text = written.join('');
    expect(text).toMatch(/web .*0\/2/);
    expect(text.startsWith('\u001B[?25l')).toBe(true);
    expect(text.endsWith('\u001B[?25h')).toBe(true);
    for (const line of text.replaceAll('\u001B[?25l', '').replaceAll('\u001B[?25h', '').split('\n'))
      expect(line.length).toBeLessThan(40);
  });

  test('[L23] cells are as wide as what they show, not as what colours it', () => {
    const { red } = createStyle(true);
    expect(pad(red('ab'), 4)).toBe(`${red('ab')}  `);
    expect(pad('abcdef', 4)).toBe('abc…');
    expect(clip(red('ab'), 2)).toBe(red('ab'));
    expect(
      columns([
        [red('a'), 'b'],
        ['aa', 'bb'],
      ]),
    ).toEqual([`${red('a')}   b`, 'aa  bb']);
  });
});

describe('the scenario', () => {
  test('[L24] the run scales, loses a node, rolls to a new and a bad image, tells and counts, and ends', async () => {
    const world = await World.start({ nodes: 4 });
    const told: string[] = [];
    const chronicle = startChronicle(world.store, (line) => void told.push(line));
    await world.write((tx) => {
      const task = (image: string): object => ({
        container: { image },
        restart: { condition: 2, delay: { seconds: 1 } },
      });
      const update = { parallelism: 2, failureAction: UpdateConfigFailureAction.ROLLBACK };
      tx.services.create({
        id: 'web',
        spec: { annotations: { name: 'web' }, task: task('web:1.9'), replicated: { replicas: 4 }, update },
      });
      tx.services.create({
        id: 'api',
        spec: { annotations: { name: 'api' }, task: task('api:1'), replicated: { replicas: 2 } },
      });
      tx.services.create({ id: 'log', spec: { annotations: { name: 'log' }, task: task('log'), global: {} } });
    });
    const progress = { over: false };
    const controller = new AbortController();
    void runScenario(world.store, {
      clock: world.clock,
      signal: controller.signal,
      tell: (line) => told.push(line),
    }).then(() => (progress.over = true));
    for (let turn = 0; turn < 1000 && !progress.over; turn++) await world.pass(500);
    expect(progress.over).toBe(true);
    expect(world.view(unfinished)).toEqual([]);
    expect(told.filter((line) => line.startsWith('>'))).toEqual([
      '> scale web from 4 to 6',
      expect.stringMatching(/^> host-\d loses its power, with 3 tasks$/),
      expect.stringMatching(/^> host-\d comes back$/),
      '> roll api from api:1 to api:2',
      '> roll web to web:broken, which never comes up',
    ]);
    expect(told).toEqual(
      expect.arrayContaining([
        'everything runs',
        expect.stringMatching(/^host-\d is down$/),
        expect.stringMatching(/^host-\d is up$/),
        'api is updated (update completed)',
        expect.stringMatching(/^web\.\d on host-\d failed: the image has no program to start$/),
        'web is rolled back (rollback completed)',
      ]),
    );
    expect(await world.end()).toEqual([]);
    await chronicle.done;
    const { counts } = chronicle;
    // All but the one that made the nodes.
    expect(counts.commits).toBe(world.commits - 1);
    // The services' own tasks, two more, and the lost node's.
    expect(counts.moved).toBe(2);
    expect(counts.created - counts.restarted - counts.moved - counts.rolled).toBe(4 + 2 + 4 + 2 + 1);
    expect(counts.rolled).toBeGreaterThanOrEqual(2 + 2);
    expect(counts.failed).toBeGreaterThan(0);
  });

  test('[L24] the run ends at once when it is told to', async () => {
    const world = await World.start();
    await world.write((tx) => {
      tx.services.create({ id: 'web', spec: { annotations: { name: 'web' }, replicated: { replicas: 4 } } });
    });
    const controller = new AbortController();
    const run = runScenario(world.store, { clock: world.clock, signal: controller.signal, tell: () => undefined });
    await world.settle();
    controller.abort();
    await run;
    expect(world.view((tx) => tx.nodes.find(all).map(({ status }) => status.state))).toEqual(
      Array(3).fill(NodeStatusState.READY),
    );
    expect(await world.end()).toEqual([]);
  });

  test('[L24] the simulated nodes have the labels that the constraints ask for', async () => {
    const store = new MemoryStore();
    const labels = (): readonly (string | undefined)[] =>
      store.view((tx) => tx.nodes.find(byName('worker-1')).map(({ spec }) => spec.annotations.labels['rack']));
    const constraints = [
      'node.labels.rack == r7',
      'node.labels.disk == ssd',
      'node.labels.old != yes',
      'node.role == worker',
    ];
    expect(await store.update((tx) => ensureNodes(tx, constraints))).toBe(true);
    expect(await store.update((tx) => ensureNodes(tx, constraints))).toBe(false);
    expect(labels()).toEqual(['r7']);
    expect(
      store.view((tx) => tx.nodes.find(all).filter((node) => satisfies(node, 'node.labels.rack == r7'))),
    ).toHaveLength(2);
  });

  test.each([
    ['web:1.9', 'web:1.10'],
    ['host:5000/web', 'host:5000/web:next'],
    ['host:5000/web:v2-slim', 'host:5000/web:v3-slim'],
    ['web:2@sha256:00', 'web:3'],
    ['web:latest', 'web:next'],
    ['web:next', 'web:newer'],
  ])('[L24] the new image after %s is %s', (image, next) => {
    expect(nextImage(image)).toBe(next);
  });

  test('[L24] the summary says what runs, what happened, if the follower is equal, where the snapshot is', async () => {
    const store = await storeWithService();
    expect(store.view(isSettled)).toBe(false);
    const text = summary(
      {
        services: store.view(clusterProgress),
        counts: { commits: 9, created: 8, restarted: 7, moved: 6, rolled: 5, failed: 4, reaped: 3 },
        compared: 9,
        different: 0,
        errors: ['reaper: broke'],
        snapshot: { path: 'data/cluster.snapshot', bytes: 77 },
        seconds: 10.04,
        clusterSeconds: 30.2,
      },
      createStyle(false),
    );
    expect(text).toContain('web      0/2             was still on its way when the run ended');
    expect(text).toContain(
      '8 created: 7 in place of one that ended, 6 moved off a lost node, 5 rolled to another spec; ' +
        '4 containers failed, 3 tasks deleted',
    );
    expect(text).toContain("the follower's bytes were the store's after each of 9 commits");
    expect(text).toContain('npm start -- --restore data/cluster.snapshot');
    expect(text).toContain('reaper: broke');
  });
});
