import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { all } from 'swarmstate';
import { openStore } from 'swarmstate/replicated';
import type { ReplicatedStore } from 'swarmstate/replicated';
import { UsageError, parseArguments } from '../../examples/orchestrator/arguments.ts';
import type { ControlLoop, Update } from '../../examples/orchestrator/loops/control-loop.ts';
import { leadWhenElected } from '../../examples/orchestrator/members/leading.ts';
import type { RunningLoops } from '../../examples/orchestrator/members/leading.ts';
import { Cluster, HookedKv, hashOf, isAppend, until } from '../replicated/cluster.ts';

test('[L40] --members takes a number of processes, and a store that they share', () => {
  expect(parseArguments(['--members', '3', 'shop.yaml'])).toEqual({ kind: 'compose', file: 'shop.yaml', members: 3 });
  expect(parseArguments(['--members=2', '--store', 'lmdb:x'])).toMatchObject({ members: 2, store: 'lmdb:x' });
  for (const wrong of [['--members'], ['--members', '0'], ['--members=2.5'], ['--members', '2', '--store', 'memory:']])
    expect(() => parseArguments(wrong)).toThrow(UsageError);
});

describe('the loops of members', () => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await Cluster.start();
  });
  afterEach(() => cluster.end());

  /** A member that would run one loop, which does nothing by itself. */
  interface Member {
    readonly store: ReplicatedStore;
    readonly running: RunningLoops;
    readonly errors: unknown[];
    /** The writers of its loops, one for each time that it led. */
    readonly updates: Update[];
    stopped: number;
  }

  function memberOn(store: ReplicatedStore): Member {
    const errors: unknown[] = [];
    const updates: Update[] = [];
    const running = leadWhenElected(store, {
      name: 'a member',
      start: (update) => {
        updates.push(update);
        const stop = (): Promise<void> => {
          member.stopped += 1;
          return Promise.resolve();
        };
        return [{ name: 'loop', done: Promise.resolve(), stop } satisfies ControlLoop];
      },
      onError: (error) => errors.push(error),
    });
    const member: Member = { store, running, errors, updates, stopped: 0 };
    return member;
  }

  const create =
    (id: string): Parameters<Update>[0] =>
    (tx) =>
      void tx.nodes.create({ id });

  test('[L41] the late write of a leader that another one followed does not count, sent before or after', async () => {
    const hooked = new HookedKv(cluster.inner);
    const old = memberOn(await cluster.open({}, hooked.kv));
    await old.running.begun;
    await old.updates[0]?.(create('early'));
    const next = memberOn(await cluster.open());
    // The old leader stands still: a write of its is on the way, and its lease expires.
    const arrives = { go: (): void => undefined };
    hooked.hook = (sent) => {
      if (!isAppend(sent)) return undefined;
      hooked.hook = undefined;
      return new Promise((resolve, reject) => {
        arrives.go = () => void sent.go().then(resolve, reject);
      });
    };
    const onTheWay = old.updates[0]?.(create('on the way'));
    const refused = expect(onTheWay).rejects.toMatchObject({ code: 'ERR_TERM_ENDED' });
    const tickets = await cluster.inner.list('log/elections/loops');
    await cluster.inner.delete(tickets[0]!.key);
    await next.running.begun;
    await next.updates[0]?.(create('by the next'));
    // The old leader wakes up, and still believes that it leads.
    arrives.go();
    await refused;
    await expect(old.updates[0]?.(create('late'))).rejects.toMatchObject({ code: 'ERR_TERM_ENDED' });
    await until(() => old.stopped === 1);
    await Promise.all([old.store.barrier(), next.store.barrier()]);
    expect(next.store.view((tx) => tx.nodes.find(all).map(({ id }) => id))).toEqual(['by the next', 'early']);
    expect(hashOf(old.store)).toBe(hashOf(next.store));
    // The old one leads again when the next one ends in order.
    await next.running.stop();
    await until(() => old.updates.length === 2);
    await old.updates[1]?.(create('again'));
    await old.running.stop();
    expect([...old.errors, ...next.errors]).toEqual([]);
    expect([old.stopped, next.stopped]).toEqual([2, 1]);
  });
});

test('[L40] npm start -- --members 2: when the leader is killed, the other one runs the loops', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'members-'));
  const root = join(__dirname, '../..');
  const child = spawn(
    process.execPath,
    [
      ...['--import', 'tsx', join(root, 'examples/orchestrator/main.ts')],
      ...['--members', '2', '--keep', '--store', `lmdb:${folder}`],
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const leaders: string[] = [];
    const told: string[] = [];
    const exit = once(child, 'exit');
    for await (const line of createInterface({ input: child.stdout })) {
      told.push(line);
      const [, name, pid] = /(member-\d) leads and runs the loops \(process (\d+)\)/.exec(line) ?? [];
      if (name === undefined) continue;
      leaders.push(name);
      if (leaders.length === 1) process.kill(Number(pid), 'SIGKILL');
      else child.kill('SIGINT');
    }
    expect(await exit).toEqual([130, null]);
    expect(new Set(leaders).size).toBe(2);
    expect(told.some((line) => line.endsWith(`${leaders[0]} has ended (SIGKILL)`))).toBe(true);
    const store = await openStore(`lmdb:${folder}`, { readOnly: true });
    expect(store.view((tx) => tx.services.count(all))).toBeGreaterThan(0);
    expect(store.member.skipped).toBe(0);
    await store.close();
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
