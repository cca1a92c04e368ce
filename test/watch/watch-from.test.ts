import { describe, expect, test } from '@jest/globals';
import { MemoryStore, byNodeId } from 'swarmstate';
import type { Change, Commit, Selector, Version, Watcher } from 'swarmstate';
import { brief, createNode, deferred, rejected, take } from '../support/store-helpers.ts';
import { ScriptedProposer } from '../support/scripted-proposer.ts';

async function* asynchronously(changes: readonly Change[]): AsyncGenerator<Change> {
  for (const change of changes) {
    await Promise.resolve();
    yield change;
  }
}

/** A log that has nothing to read before the gate is open. */
async function* gated(gate: Promise<void>): AsyncGenerator<Change> {
  await gate;
  yield* [];
}

/** A proposer whose `changesBetween` gives an asynchronous iterable. */
class AsynchronousLog extends ScriptedProposer {
  override changesBetween(from: Version, to: Version): AsyncIterable<Change> {
    return asynchronously(super.changesBetween(from, to) as Change[]);
  }
}

const stores = [
  ['a history', () => new MemoryStore({ history: 100, firstVersion: 1 })],
  ['a proposer', () => new MemoryStore({ proposer: new ScriptedProposer() })],
  ['an asynchronous log', () => new MemoryStore({ proposer: new AsynchronousLog() })],
] as const;

/** Every commit up to a version: its version and its events in brief. */
async function commitsUpTo(watcher: Watcher, last: number): Promise<[unknown, string[]][]> {
  const commits: [unknown, string[]][] = [];
  for await (const { version, events } of watcher.commits()) {
    commits.push([version?.index, events.map(brief)]);
    if (version !== undefined && version.index >= last) break;
  }
  return commits;
}

describe.each(stores)('watchFrom of %s', (_name, make) => {
  test('[W26] watchFrom delivers the commits after any version, then live ones, as they were live', async () => {
    const store = make();
    const live = store.watch();
    for (const id of ['a', 'b', 'c', 'd']) await createNode(store, id);
    const watchers: Watcher[] = [];
    for (let version = 0; version <= 4; version += 1) watchers.push(await store.watchFrom({ index: version }));
    await store.update((tx) => {
      tx.nodes.delete('a');
      tx.tasks.create({ id: 't' });
    });
    await createNode(store, 'e');
    const all = await commitsUpTo(live, 6);
    expect(all).toHaveLength(6);
    for (const [version, watcher] of watchers.entries())
      expect(await commitsUpTo(watcher, 6)).toEqual(all.slice(version));
  });

  test('[W26] watchFrom delivers commits that happen during the replay once and in order', async () => {
    const store = make();
    for (const id of ['a', 'b']) await createNode(store, id);
    const watcher = await store.watchFrom({ index: 0 }, { limit: 1 });
    const events: string[] = [];
    for (const id of ['c', 'd', 'e', 'f']) {
      events.push(...(await take(watcher, 1)));
      await createNode(store, id);
    }
    events.push(...(await take(watcher, 8)));
    expect(events).toEqual(['a', 'b', 'c', 'd', 'e', 'f'].flatMap((id) => [`create node ${id}`, 'commit']));
  });

  test('[W26] watchFrom without a version delivers live events only', async () => {
    const store = make();
    await createNode(store, 'a');
    const watcher = await store.watchFrom(undefined);
    await createNode(store, 'b');
    expect(await take(watcher, 2)).toEqual(['create node b', 'commit']);
  });

  test('[W26] watchFrom selects replayed and live events alike', async () => {
    const store = make();
    await createNode(store, 'n');
    await store.update((tx) => {
      tx.tasks.create({ id: 't', nodeId: 'n' });
      tx.tasks.create({ id: 'u', nodeId: 'm' });
    });
    const events = [{ kind: 'task', by: byNodeId('n') }] satisfies Selector[];
    const watcher = await store.watchFrom({ index: 0 }, { events });
    const withCommits = await store.watchFrom({ index: 0 }, { events: [...events, { action: 'commit' }] });
    await store.update((tx) => tx.tasks.modify('u', (draft) => void (draft.nodeId = 'n')));
    expect(await take(watcher, 2)).toEqual(['create task t', 'update task u']);
    expect(await take(withCommits, 5)).toEqual(['commit', 'create task t', 'commit', 'update task u', 'commit']);
  });

  test('[W27] watchFrom rejects a version that is not reached yet', async () => {
    const store = make();
    await createNode(store, 'a');
    expect(await rejected(store.watchFrom({ index: 2 }), 'ERR_VERSION_OUT_OF_BOUNDS')).toMatchObject({
      version: { index: 2 },
      current: { index: 1 },
    });
    await rejected(store.watchFrom({ index: -1 }), 'ERR_INVALID_OBJECT');
    await rejected(store.watchFrom({ index: 0 }, { limit: 0 }), 'ERR_INVALID_OBJECT');
    expect(store.stats().watchers).toBe(0);
  });

  test('[W29] replayed events count towards no limit, and the watcher reads none ahead', async () => {
    const store = make();
    for (let n = 0; n < 50; n += 1) await createNode(store, `n${n}`);
    const watcher = await store.watchFrom({ index: 0 }, { limit: 2 });
    expect(await take(watcher, 20)).toHaveLength(20);
    for (let n = 50; n < 60; n += 1) await createNode(store, `n${n}`);
    expect(await take(watcher, 100)).toHaveLength(100);
  });

  test('[W31] closing the store ends a replay that has not caught up with ERR_STORE_CLOSED', async () => {
    const store = make();
    for (const id of ['a', 'b', 'c']) await createNode(store, id);
    const watcher = await store.watchFrom({ index: 0 });
    const caughtUp = await store.watchFrom({ index: 3 });
    await store.close();
    expect(await take(watcher, 2)).toEqual(['create node a', 'commit']);
    await rejected(watcher.next(), 'ERR_STORE_CLOSED');
    expect((await caughtUp.next()).done).toBe(true);
    expect((await (await store.watchFrom({ index: 3 })).next()).done).toBe(true);
    await expect(
      (async () => {
        const late = await store.watchFrom({ index: 0 });
        return late.next();
      })(),
    ).rejects.toMatchObject({ code: 'ERR_STORE_CLOSED' });
  });

  test('[W17][W18] signals and close end a resumed watcher', async () => {
    const store = make();
    for (const id of ['a', 'b', 'c']) await createNode(store, id);
    const reason = new Error('enough');
    await expect(store.watchFrom({ index: 0 }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const watcher = await store.watchFrom({ index: 0 }, { signal: controller.signal });
    await take(watcher, 2);
    controller.abort(reason);
    await expect(watcher.next()).rejects.toBe(reason);
    const left = await store.watchFrom({ index: 0 });
    for await (const event of left) {
      expect(brief(event)).toBe('create node a');
      break;
    }
    expect((await left.next()).done).toBe(true);
    expect(store.stats().watchers).toBe(0);
  });
});

describe('watchFrom', () => {
  test('[W27] watchFrom rejects in a store without versions', async () => {
    const store = new MemoryStore();
    await rejected(store.watchFrom({ index: 0 }), 'ERR_VERSIONING_UNSUPPORTED');
    expect(await store.watchFrom(undefined)).toBeDefined();
    const proposer = new ScriptedProposer();
    proposer.getVersion = () => undefined;
    await rejected(new MemoryStore({ proposer }).watchFrom({ index: 0 }), 'ERR_VERSIONING_UNSUPPORTED');
    // A proposer that had a version and has none now.
    const forgetful = new ScriptedProposer();
    const later = new MemoryStore({ proposer: forgetful });
    await createNode(later, 'a');
    forgetful.getVersion = () => undefined;
    await rejected(later.watchFrom({ index: 0 }), 'ERR_VERSIONING_UNSUPPORTED');
  });

  test('[W28] watchFrom rejects a version that the history has dropped, also in mid-stream', async () => {
    const store = new MemoryStore({ history: 3, firstVersion: 1 });
    for (const id of ['a', 'b', 'c', 'd', 'e']) await createNode(store, id);
    expect(store.stats().history).toBe(3);
    const error = await rejected(store.watchFrom({ index: 1 }), 'ERR_LOG_COMPACTED');
    expect(error).toMatchObject({ oldest: { index: 3 } });
    const watcher = await store.watchFrom({ index: 2 });
    expect(await take(watcher, 2)).toEqual(['create node c', 'commit']);
    await createNode(store, 'f');
    expect(await take(watcher, 2)).toEqual(['create node d', 'commit']);
    for (const id of ['g', 'h', 'i', 'j']) await createNode(store, id);
    // The history has dropped the commit that the watcher was to read next.
    const late = await watcher.next().catch((reason: unknown) => reason);
    if ((late as { code?: string }).code === undefined) {
      await watcher.next();
      await rejected(watcher.next(), 'ERR_LOG_COMPACTED');
    } else expect(late).toMatchObject({ code: 'ERR_LOG_COMPACTED', oldest: { index: 8 } });
    expect((await watcher.next()).done).toBe(true);
    const none = new MemoryStore({ history: 0, firstVersion: 1 });
    await createNode(none, 'a');
    await rejected(none.watchFrom({ index: 0 }), 'ERR_LOG_COMPACTED');
    expect(await none.watchFrom({ index: 1 })).toBeDefined();
  });

  test('[W28] a commit that the history drops before it is read is an error, though later ones are kept', async () => {
    const store = new MemoryStore({ history: 3, firstVersion: 1 });
    for (const id of ['a', 'b', 'c', 'd', 'e']) await createNode(store, id);
    const watcher = await store.watchFrom({ index: 2 });
    expect(await take(watcher, 2)).toEqual(['create node c', 'commit']);
    // Versions 3 and 4 are dropped. Version 5, up to which the watcher reads at first, is kept.
    for (const id of ['f', 'g']) await createNode(store, id);
    await rejected(watcher.next(), 'ERR_LOG_COMPACTED');
  });

  test('[W28] the past of a copy begins with its first commit, whose version may be older than the copy', async () => {
    const copy = new MemoryStore({ history: 10 });
    expect(copy.stats().history).toBe(0);
    await copy.restore({ nodes: [{ id: 'a' }] }, { version: { index: 5 } });
    await copy.applyStoreActions([{ action: 1, node: { id: 'b' } }], { version: { index: 6 } });
    expect(copy.stats().history).toBe(2);
    expect(await take(await copy.watchFrom({ index: 5 }), 2)).toEqual(['create node b', 'commit']);
    await rejected(copy.watchFrom({ index: 4 }), 'ERR_LOG_COMPACTED');
  });

  test('[W28] watchFrom passes on the errors of a proposer’s log unchanged', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    for (const id of ['a', 'b', 'c']) await createNode(store, id);
    const failure = new Error('the log cannot be read');
    const whole = proposer.changesBetween.bind(proposer);
    proposer.changesBetween = () => {
      throw failure;
    };
    await expect(store.watchFrom({ index: 0 })).rejects.toBe(failure);
    proposer.changesBetween = async function* (from, to) {
      yield* [...(whole(from, to) as Change[])].slice(0, 2);
      await Promise.resolve();
      throw failure;
    };
    const watcher = await store.watchFrom({ index: 0 });
    expect(await take(watcher, 4)).toHaveLength(4);
    await expect(watcher.next()).rejects.toBe(failure);
    expect((await watcher.next()).done).toBe(true);
    expect(store.stats().watchers).toBe(0);
  });

  test('[W17] a signal that aborts while a log is read rejects watchFrom, also if it never answers', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    await createNode(store, 'a');
    proposer.changesBetween = () => gated(new Promise(() => undefined));
    const controller = new AbortController();
    const watching = store.watchFrom({ index: 0 }, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(watching).rejects.toThrow('enough');
    expect(store.stats().watchers).toBe(0);
  });

  test('[W29] watchFrom reads a proposer’s log no faster than the watcher is read', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    for (let n = 0; n < 10; n += 1) await createNode(store, `n${n}`);
    let read = 0;
    let returned = false;
    const whole = proposer.changesBetween.bind(proposer);
    proposer.changesBetween = function* (from, to) {
      try {
        for (const change of whole(from, to) as Change[]) {
          read += 1;
          yield change;
        }
      } finally {
        returned = true;
      }
    };
    const watcher = await store.watchFrom({ index: 0 });
    expect(read).toBe(1);
    await take(watcher, 6);
    expect(read).toBe(3);
    watcher.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(returned).toBe(true);
    expect(read).toBe(3);
  });

  test('[W30] replayed updates have old objects of the replayed range; updates without one always come', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const first = await store.update((tx) => tx.tasks.create({ id: 't', nodeId: 'here' }));
    const second = await store.update((tx) => tx.tasks.update({ ...first, nodeId: 'there' }));
    const third = await store.update((tx) => tx.tasks.update({ ...second, slot: 5 }));
    const read = async (from: number): Promise<Commit[]> => {
      const watcher = await store.watchFrom({ index: from }, { events: [{ kind: 'task', by: byNodeId('here') }] });
      const done = deferred();
      void store.update((tx) => tx.nodes.create({ id: `n${from}` })).then(done.resolve as never);
      await done.promise;
      const commits: Commit[] = [];
      const iterator = watcher.commits();
      for (let n = 0; n < (from === 0 ? 2 : 1); n += 1) commits.push((await iterator.next()).value as Commit);
      watcher.close();
      return commits;
    };
    const whole = await read(0);
    expect(whole.map(({ version }) => version?.index)).toEqual([1, 2]);
    expect(whole[1]?.events[0]).toMatchObject({ object: second, oldObject: first });
    // The old object of the first update is unknown, so the update is delivered. That of the second is known.
    const later = await read(1);
    expect(later[0]?.events[0]?.object).toBe(second);
    expect('oldObject' in (later[0]?.events[0] as object)).toBe(false);
    expect(third.slot).toBe(5);
  });
});
