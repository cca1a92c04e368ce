import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStore } from 'swarmstate/replicated';
import type { StoreTerm } from 'swarmstate/replicated';
import { Cluster, HookedKv, hashOf, isAppend, noAnswer, until } from './cluster.ts';
import { entryOf, ids, twoTerms } from './term-entries.ts';

let cluster: Cluster;

beforeEach(async () => {
  cluster = await Cluster.start();
});

afterEach(() => cluster.end());

describe('a term', () => {
  test('[J30] begins with an entry of the log, is larger than those before, and ends with the next one', async () => {
    const one = await cluster.open();
    const two = await cluster.open();
    const first = one.election('loops', { value: 'one', ttl: 60_000 });
    const second = two.election('loops', { value: 'two', ttl: 60_000 });
    expect(first.term).toBeUndefined();
    const old = await first.campaign();
    expect(first.term).toBe(old);
    expect(await entryOf(cluster, 1)).toMatchObject({
      begins: { election: 'loops', token: Number(old.token) },
      count: 0,
    });
    await one.update((tx) => tx.nodes.create({ id: 'a' }), { term: old });
    expect(one.version).toEqual({ index: 1 });
    const waiting = second.campaign();
    await first.resign();
    expect(first.term).toBeUndefined();
    const term = await waiting;
    expect(term.token).toBeGreaterThan(old.token);
    await two.update((tx) => tx.nodes.create({ id: 'b' }), { term });
    await one.barrier();
    expect(ids(one)).toEqual(['a', 'b']);
    expect(term.lost.aborted).toBe(false);
  });

  test('[J30] a leader that lost its lease is told when a later term begins', async () => {
    const one = await cluster.open();
    const election = one.election('loops', { ttl: 60_000 });
    const old = await election.campaign();
    const other = await cluster.open();
    // Another election is another one.
    await other.election('else', { ttl: 60_000 }).campaign();
    await one.barrier();
    expect(old.lost.aborted).toBe(false);
    await cluster.inner.deleteTree('log/elections/loops');
    const term = await other.election('loops', { ttl: 60_000 }).campaign();
    await one.barrier();
    expect(old.lost.aborted).toBe(true);
    expect(election.term).toBeUndefined();
    expect(term.lost.aborted).toBe(false);
    // The candidate may lead again, behind the other one.
    const again = election.campaign();
    await cluster.inner.deleteTree('log/elections/loops');
    expect((await again).token).toBeGreaterThan(term.token);
  });

  test('[J31] an update whose callback has a state of a later term is refused, its callback is not run', async () => {
    const { one, two, old, term } = await twoTerms(cluster);
    let runs = 0;
    const late = one.update(
      (tx) => {
        runs += 1;
        return tx.nodes.create({ id: 'late' });
      },
      { term: old },
    );
    // The member may not have heard of the later term: then the slot of its entry is taken.
    await expect(late).rejects.toMatchObject({
      code: 'ERR_TERM_ENDED',
      election: 'loops',
      token: old.token,
      newest: term.token,
    });
    expect(runs).toBeLessThanOrEqual(1);
    await two.update((tx) => tx.nodes.create({ id: 'new' }), { term });
    // Others write without a term.
    await one.update((tx) => tx.nodes.create({ id: 'anybody' }));
    await two.barrier();
    expect(ids(two)).toEqual(['anybody', 'new']);
    expect(JSON.stringify(await late.catch((error: unknown) => error))).toContain('ERR_TERM_ENDED');
  });

  test('[J31] an undefined term, a term that is none, and unknown options are refused', async () => {
    const store = await cluster.open();
    const election = store.election('loops');
    const create = store.update((tx) => tx.nodes.create({ id: 'a' }), { term: election.term });
    await expect(create).rejects.toMatchObject({ code: 'ERR_TERM_ENDED', token: undefined });
    await expect(store.batch(() => Promise.resolve(), { term: election.term })).rejects.toThrow('ERR_TERM_ENDED');
    const wrong = { election: 'loops', token: 5 } as unknown as StoreTerm;
    const path = { code: 'ERR_INVALID_OBJECT', path: ['term'] };
    await expect(store.update(() => undefined, { term: wrong })).rejects.toMatchObject(path);
    await expect(store.batch(() => Promise.resolve(), { signal: 5 } as object)).rejects.toThrow('ERR_INVALID_OBJECT');
    for (const name of ['', 'a/b', 'x'.repeat(129), 7 as unknown as string])
      expect(() => store.election(name)).toThrow('ERR_INVALID_OBJECT');
    expect(store.version).toEqual({ index: 0 });
  });

  test('[J31] a batch in a term ends with the commit that comes after a later term', async () => {
    const { one, old } = await twoTerms(cluster);
    await one.barrier();
    const batch = one.batch((steps) => steps.update((tx) => tx.nodes.create({ id: 'late' })), { term: old });
    await expect(batch).rejects.toMatchObject({ code: 'ERR_TERM_ENDED' });
    const { one: leader, two } = { one: await cluster.open(), two: await cluster.open() };
    await cluster.inner.deleteTree('log/elections');
    const term = await leader.election('loops', { ttl: 60_000 }).campaign();
    const ended = leader.batch(
      async (steps) => {
        await steps.update((tx) => tx.nodes.create({ id: 'early' }));
        await cluster.inner.deleteTree('log/elections');
        await two.election('loops', { ttl: 60_000 }).campaign();
        await until(() => term.lost.aborted && leader.member.slot === two.member.slot);
      },
      { term },
    );
    await expect(ended).rejects.toMatchObject({ code: 'ERR_BATCH_FAILED', cause: { code: 'ERR_TERM_ENDED' } });
    expect(ids(leader)).toEqual([]);
  });
});

test('[J31] a leader that was stopped and wakes up behind a later term writes nothing more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'terms-'));
  try {
    const store = await openStore(`lmdb:${folder}`);
    const source = `import { openStore } from './src/replicated.ts';
      const store = await openStore(${JSON.stringify(`lmdb:${folder}`)});
      const term = await store.election('loops', { value: 'child', ttl: 900 }).campaign();
      await store.update((tx) => tx.nodes.create({ id: 'early' }), { term });
      console.log('leads');
      process.kill(process.pid, 'SIGSTOP');
      const late = store.update((tx) => tx.nodes.create({ id: 'late' }), { term });
      await late.catch((error) => console.log(error.code));
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', source], {
      cwd: join(__dirname, '../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await Promise.race([once(child.stdout, 'data'), exit]);
    const term = await store.election('loops', { ttl: 60_000 }).campaign();
    await store.update((tx) => tx.nodes.create({ id: 'next' }), { term });
    child.kill('SIGCONT');
    expect(await exit).toEqual([null, 'SIGKILL']);
    expect(output).toBe('leads\nERR_TERM_ENDED\n');
    await store.barrier();
    expect(ids(store)).toEqual(['early', 'next']);
    await store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);

describe('an election', () => {
  test('[J34] terms begin amid the updates of the store, which are all there in the end', async () => {
    const one = await cluster.open();
    const two = await cluster.open();
    const elections = [one, two].map((store) => store.election('loops', { ttl: 60_000 }));
    const writers = Array.from({ length: 60 }, async (_, number) => {
      const store = number % 2 === 0 ? one : two;
      await store.update((tx) => tx.nodes.create({ id: `n${number}` }));
    });
    const tokens: bigint[] = [];
    for (let round = 0; round < 6; round += 1) {
      const election = elections[round % 2];
      tokens.push((await election!.campaign()).token);
      await election!.resign();
    }
    await Promise.all(writers);
    await Promise.all([one.barrier(), two.barrier()]);
    expect(ids(one)).toHaveLength(60);
    expect(hashOf(one)).toBe(hashOf(two));
    expect(tokens).toEqual([...tokens].sort((a, b) => (a < b ? -1 : 1)));
  });

  test('[J34] its signal and close give up a campaign, also one under way; a closed store leads no more', async () => {
    const hooked = new HookedKv(cluster.inner);
    const one = await cluster.open({}, hooked.kv);
    const two = await cluster.open();
    const controller = new AbortController();
    let giveUp: (() => void) | undefined;
    hooked.hook = (sent) => {
      if (!isAppend(sent)) return undefined;
      return new Promise((_, reject) => {
        giveUp = () => reject(noAnswer());
      });
    };
    const first = one.election('loops', { ttl: 60_000 });
    const given = first.campaign({ signal: controller.signal });
    const waiting = two.election('loops', { ttl: 60_000 });
    await until(() => giveUp !== undefined);
    controller.abort(new Error('enough'));
    hooked.hook = undefined;
    giveUp?.();
    await expect(given).rejects.toThrow('enough');
    const term = await waiting.campaign();
    const blocked = first.campaign();
    const closed = expect(blocked).rejects.toMatchObject({ code: 'ERR_STORE_CLOSED' });
    await one.close();
    await closed;
    const third = await cluster.open();
    const next = third.election('loops', { ttl: 60_000 }).campaign();
    await two.close();
    expect(term.lost.reason).toMatchObject({ code: 'ERR_STORE_CLOSED' });
    expect((await next).token).toBeGreaterThan(term.token);
    const reader = await cluster.open({ readOnly: true });
    await expect(reader.election('loops').campaign()).rejects.toMatchObject({ code: 'ERR_READ_ONLY' });
    const leaders = reader.election('loops').observe()[Symbol.asyncIterator]();
    expect((await leaders.next()).value).toMatchObject({ token: (await next).token });
    await leaders.return?.();
  });
});
