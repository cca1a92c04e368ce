import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { MemoryStore, NodeStatusState, UpdateStatusUpdateState, all, byServiceId } from 'swarmstate';
import { parseArguments } from '../../examples/orchestrator/arguments.ts';
import { count } from '../../examples/orchestrator/choices.ts';
import { startClock } from '../../examples/orchestrator/clock.ts';
import { addNode } from '../../examples/orchestrator/cluster.ts';
import { importCompose } from '../../examples/orchestrator/compose/import-compose.ts';
import { keyHelp, startControls } from '../../examples/orchestrator/controls/controls.ts';
import type { Controls } from '../../examples/orchestrator/controls/controls.ts';
import { openKeyboard } from '../../examples/orchestrator/controls/keyboard.ts';
import { liveDisplay } from '../../examples/orchestrator/display/display.ts';
import { legend, statusTable } from '../../examples/orchestrator/display/status.ts';
import { createStyle, flow, widthOf, wrap } from '../../examples/orchestrator/display/style.ts';
import { summary } from '../../examples/orchestrator/display/summary.ts';
import { clusterProgress } from '../../examples/orchestrator/progress.ts';
import { runCluster } from '../../examples/orchestrator/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'terminal-'));
afterAll(() => rmSync(folder, { recursive: true }));

const widths = [70, 71, 80, 90, 100, 120, 150, 200];
const image = 'registry.example.com/a-team/a-rather-long-name-of-an-image:2024-10-31.build-17';

/** A store with services of long names and images, and one whose task waits for a node. */
async function busyStore(services: number): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.update((tx) => {
    for (let number = 1; number <= 5; number++) addNode(tx, { hostname: `worker-${number}` }, `node-${number}`);
    for (let number = 1; number <= services; number++) {
      const name = `stack_service-${number}`;
      tx.services.create({
        id: name,
        spec: { annotations: { name }, task: { container: { image } }, replicated: { replicas: 12 } },
        ...(number === 2 ? { updateStatus: { state: UpdateStatusUpdateState.ROLLBACK_STARTED } } : {}),
      });
    }
    tx.tasks.create({
      id: 'waiting',
      serviceId: 'stack_service-1',
      slot: 1,
      desiredState: 512,
      status: { state: 64, err: `no suitable node (node.labels.rack == r7 on 5 nodes, and something else besides)` },
    });
  });
  return store;
}

describe('a terminal of 70 to 200 columns', () => {
  test.each(widths)('[L30] at %d columns, the marks, the running tasks and the remarks stay visible', async (width) => {
    const store = await busyStore(3);
    for (const chosen of [undefined, 'stack_service-2']) {
      const lines = store.view((tx) => statusTable(tx, createStyle(true), { width, chosen }));
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      const [head, ...rows] = store.view((tx) => statusTable(tx, createStyle(false), { width, chosen }));
      expect(head).toContain('RUNNING');
      for (const row of rows.slice(0, 3)) {
        expect(row).toContain('stack_service-');
        expect(row).toContain('○'.repeat(12));
        expect(row).toContain('0/12');
      }
      expect(rows[0]).toContain('no suitable');
      expect(rows[1]).toContain('rolling back');
    }
  });

  test('[L30] the image gets the room that is left', async () => {
    const store = await busyStore(1);
    const line = (width: number): string => store.view((tx) => statusTable(tx, createStyle(false), { width })[1] ?? '');
    expect(line(240)).toContain(image);
    expect(line(110)).toMatch(/registry\.\S*…/);
    expect(line(110)).toContain('replicated');
    expect(line(70)).not.toContain('replicated');
  });

  test('[L30] more services than fit are counted, and the chosen one is among those shown', async () => {
    const store = await busyStore(40);
    const written: string[] = [];
    const display = liveDisplay(store, {
      output: { columns: 80, rows: 24, write: (text: string) => written.push(text) },
      time: () => '00:01',
      footer: () => 'a footer',
      style: createStyle(false),
      keys: keyHelp,
      chosen: () => 'stack_service-30',
    });
    display.close();
    const lines = written.join('').split('\n');
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(lines.find((line) => line.includes('… and'))).toMatch(/^ {2}… and \d+ more$/);
    for (const part of ['› stack_service-30', 'NODES', '● runs', 'a footer', 'q end'])
      expect(lines.some((line) => line.includes(part))).toBe(true);
  });

  test.each(widths)('[L30] at %d columns, events, the legend and the summary break at words', async (width) => {
    const store = await busyStore(2);
    const written: string[] = [];
    const output = { columns: width, rows: 40, write: (text: string) => written.push(text) };
    const display = liveDisplay(store, { output, time: () => '00:01', footer: () => '', style: createStyle(false) });
    const words = Array.from({ length: 60 }, (_, index) => `word${index}`);
    display.tell(words.join(' '));
    display.close();
    const text = summary(
      {
        services: store.view(clusterProgress),
        counts: { commits: 900, created: 800, restarted: 700, moved: 600, rolled: 500, failed: 1, reaped: 1 },
        compared: 900,
        different: 0,
        errors: [words.join(' ')],
        snapshot: { path: 'data/cluster.snapshot', bytes: 77_777 },
        seconds: 10,
        clusterSeconds: 30,
      },
      createStyle(false),
      width,
    );
    expect(text).toMatch(/; 1\s+container\s+failed/);
    for (const line of [...written.join('').split('\n'), ...text.split('\n'), ...legend(createStyle(false), width)])
      expect(line.replace('\u001B[?25l', '').replace('\u001B[?25h', '').length).toBeLessThanOrEqual(width);
    for (const shown of [written.join(''), text]) for (const word of words) expect(shown.split(/\s+/)).toContain(word);
  });

  test('[L30] texts break at words, later lines are indented, and a word that is too long is cut', () => {
    expect(wrap('one two three', 8, 2)).toEqual(['one two', '  three']);
    expect(wrap('one', 8)).toEqual(['one']);
    expect(wrap('a bbbbbbbbbbbb c', 6, 1)).toEqual(['a', ' bbbbb', ' bbbbb', ' bb c']);
    expect(flow(['a 1', 'b 2', 'c 3'], '  ', 9)).toEqual(['a 1  b 2', 'c 3']);
    expect(wrap('', 8)).toEqual(['']);
    expect([count(0, 'task'), count(1, 'task'), count(2, 'task')]).toEqual(['0 tasks', '1 task', '2 tasks']);
  });
});

describe('the keys', () => {
  async function controlled(): Promise<{
    readonly store: MemoryStore;
    readonly controls: Controls;
    readonly told: string[];
    readonly clock: ReturnType<typeof startClock>;
    readonly ended: () => boolean;
  }> {
    const store = new MemoryStore();
    await store.update((tx) => {
      addNode(tx, { hostname: 'one', manager: true }, 'node-1');
      addNode(tx, { hostname: 'two' }, 'node-2');
      const task = { container: { image: 'api:1' } };
      tx.services.create({ id: 'a', spec: { annotations: { name: 'api' }, task, replicated: { replicas: 1 } } });
      tx.services.create({ id: 'b', spec: { annotations: { name: 'log' }, task, global: {} } });
    });
    const told: string[] = [];
    let over = false;
    const clock = startClock(0, 1000);
    const controls = startControls(store, {
      clock,
      tell: (line) => void told.push(line),
      end: () => (over = true),
      onError: (error) => void told.push(String(error)),
    });
    return { store, controls, told, clock, ended: () => over };
  }

  test('[L31] keys choose, scale and roll a service', async () => {
    const { store, controls, told } = await controlled();
    const press = async (keys: readonly string[]): Promise<void> => {
      for (const key of keys) await controls.press(key);
    };
    expect(controls.chosen).toBe('a');
    await press(['+', '+', '-', 'r', 'x', '__proto__']);
    const service = store.view((tx) => tx.services.get('a'));
    expect(service?.spec.replicated?.replicas).toBe(2);
    expect(service?.spec.task.container?.image).toBe('api:2');
    await press(['up', 'down', 'down', '+', 'r']);
    expect(controls.chosen).toBe('b');
    await press(['up', '-', '-', '-']);
    expect(store.view((tx) => tx.services.get('a'))?.spec.replicated?.replicas).toBe(0);
    expect(told).toEqual([
      '> you scale api from 1 to 2',
      '> you scale api from 2 to 3',
      '> you scale api from 3 to 2',
      '> you roll api from api:1 to api:2',
      'log cannot be scaled; only replicated services can',
      '> you roll log from api:1 to api:2',
      '> you scale api from 2 to 1',
      '> you scale api from 1 to 0',
    ]);
  });

  test('[L31] a key resumes a paused update, and the first service is chosen when the chosen one is gone', async () => {
    const { store, controls, told } = await controlled();
    await controls.press('down');
    await store.update((tx) => {
      tx.services.delete('b');
      tx.services.modify('a', (draft) => {
        draft.updateStatus = { state: UpdateStatusUpdateState.PAUSED };
      });
    });
    expect(controls.chosen).toBe('a');
    await controls.press('r');
    expect(told).toEqual(['> you have the update of api go on']);
    await store.update((tx) => tx.services.delete('a'));
    await controls.press('r');
    expect(told.at(-1)).toBe('there is no service');
  });

  test('[L31] keys kill the busiest node, and bring all nodes back', async () => {
    const { store, controls, told } = await controlled();
    const states = (): readonly NodeStatusState[] =>
      store.view((tx) => tx.nodes.find(all)).map(({ status }) => status.state);
    await controls.press('k');
    expect(states()).toEqual([NodeStatusState.READY, NodeStatusState.DOWN]);
    await controls.press('k');
    await controls.press('b');
    await controls.press('b');
    expect(states()).toEqual([NodeStatusState.READY, NodeStatusState.READY]);
    expect(told).toEqual([
      '> you kill two, with 0 tasks',
      'the last node cannot be killed',
      '> you bring two back',
      'every node is up',
    ]);
  });

  test('[L31] a key stops the time of the cluster and lets it go on; calls are due in that time', async () => {
    const { controls, clock, ended } = await controlled();
    const order: string[] = [];
    await controls.press('p');
    expect(clock.paused).toBe(true);
    const stopped = clock.now();
    const called = new Promise<void>((resolve) => {
      clock.callAt(stopped + 20_000, () => {
        order.push('called');
        resolve();
      });
    });
    const cancel = clock.callAt(stopped + 1, () => void order.push('cancelled'));
    cancel();
    await new Promise((resolve) => setTimeout(resolve, 30));
    order.push('resumed');
    expect(clock.now()).toBe(stopped);
    await controls.press('p');
    await called;
    expect(clock.now()).toBeGreaterThanOrEqual(stopped + 20_000);
    expect(order).toEqual(['resumed', 'called']);
    clock.resume();
    await controls.press('q');
    expect(ended()).toBe(true);
  });

  test('[L31] an error of an action is reported', async () => {
    const { store, controls, told } = await controlled();
    await store.close();
    await controls.press('k');
    expect(told.at(-1)).toMatch(/closed/);
  });

  test('[L31] the keyboard reads single keys and arrows, has Ctrl-C interrupt, and gives the terminal back', () => {
    const calls: unknown[] = [];
    let read: ((text: string) => void) | undefined;
    const input = {
      setRawMode: (raw: boolean) => calls.push(`raw ${String(raw)}`),
      setEncoding: () => undefined,
      on: (_: 'data', listener: (text: string) => void) => (read = listener),
      off: () => (read = undefined),
      resume: () => calls.push('resume'),
      pause: () => calls.push('pause'),
    };
    const before = process.listenerCount('exit');
    const keyboard = openKeyboard(input, () => calls.push('interrupt'));
    expect(process.listenerCount('exit')).toBe(before + 1);
    read?.('unheard');
    const keys: string[] = [];
    keyboard.listen((key) => keys.push(key));
    read?.('k+\u001B[A\u001BOB\u001B[5~\u001B[1;5C\u0003p');
    expect(keys).toEqual(['k', '+', 'up', 'down', 'p']);
    keyboard.close();
    expect(calls).toEqual(['raw true', 'resume', 'interrupt', 'pause', 'raw false']);
    expect(read).toBeUndefined();
    expect(process.listenerCount('exit')).toBe(before);
  });
});

describe('--keep', () => {
  test.each([
    [['--keep'], { kind: 'compose', file: undefined, keep: true }],
    [['a.yaml', '--keep'], { kind: 'compose', file: 'a.yaml', keep: true }],
    [['--keep', '--restore', 'a'], { kind: 'restore', file: 'a', keep: true }],
  ])('[L32] the command line takes %j', (given, expected) => {
    expect(parseArguments(given)).toEqual(expected);
  });

  test.each(['q', 'signal'])(
    '[L32] a run with --keep goes on after the scenario until it is stopped: %s',
    async (how) => {
      const { stack } = importCompose('services: { web: { image: "web:1", deploy: { replicas: 2 } } }', {
        file: 'compose.yaml',
        readFile: () => new Uint8Array(),
        environment: {},
      });
      const told: string[] = [];
      const stopping = new AbortController();
      let press: (key: string) => void = () => undefined;
      let store: MemoryStore | undefined;
      const outcome = await runCluster({
        beginning: { stack },
        snapshotPath: join(folder, 'cluster.snapshot'),
        signal: stopping.signal,
        speed: 200,
        limit: 15_000,
        keep: true,
        keyboard: { listen: (listener) => void (press = listener), close: () => undefined },
        show: (shown) => {
          store = shown;
          return {
            tell(line) {
              told.push(line);
              if (!line.startsWith('the cluster goes on')) return;
              if (how === 'q') press('q');
              else stopping.abort();
            },
            close: () => undefined,
          };
        },
      });
      expect(told.at(-2)).toBe('the cluster goes on until you stop it, with q or Ctrl-C');
      expect(told.at(-1)).toBe('the run ends here, as you wish');
      expect(told).toContain('> scale web from 2 to 4');
      expect(outcome.errors).toEqual([]);
      expect(outcome.different).toBe(0);
      expect(store?.view((tx) => tx.tasks.count(byServiceId(tx.services.find(all)[0]?.id ?? '')))).toBeGreaterThan(0);
    },
  );
});
