import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { LocalCache, follow, systemClock } from 'swarmstate/cache';
import type { FollowOptions, LocalCacheOptions } from 'swarmstate/cache';
import { runProgram } from '../support/child-program.ts';
import { rejected, thrown } from '../support/store-helpers.ts';

/** Options of any form, as a program without types may give them. */
type Loose = never;

describe('options of followers and caches', () => {
  test.each<readonly [string, Loose]>([
    ['table', { table: ['task'] } as Loose],
    ['refreshMs', { refreshMs: 5 } as Loose],
    ['signal', { signal: new AbortController() } as Loose],
    ['clock', { clock: {} } as Loose],
    ['clock', { clock: null } as Loose],
    ['from', { from: { rows: [] } } as Loose],
    ['from', { from: { objects: null } } as Loose],
    ['from', { from: { objects: 5 } } as Loose],
    ['from', { from: { objects: { tasks: [] } } } as Loose],
    ['from', { from: { objects: { task: {} } } } as Loose],
    ['from', { from: null } as Loose],
    ['limit', { limit: NaN } as Loose],
    ['events', { events: 5 } as Loose],
    ['null', null as Loose],
  ])('[Y44] follow refuses a wrong or unknown option: %s', (_name, options: FollowOptions) => {
    const store = new MemoryStore();
    expect(() => follow(store, options)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^ERR_INVALID_(OBJECT|FIND_BY)$/) }),
    );
    expect(store.stats().watchers).toBe(0);
  });

  test.each<readonly [string, Loose]>([
    ['refreshMS', { refreshMS: 5 } as Loose],
    ['events', { events: [] } as Loose],
    ['refreshMs', { refreshMs: -1 } as Loose],
    ['refreshMs', { refreshMs: NaN } as Loose],
    ['saved', { saved: 'bytes' } as Loose],
    ['sameLog', { sameLog: 1 } as Loose],
    ['indices', { indices: { tasks: ['slot'] } } as Loose],
    ['indices', { indices: { task: 'slot' } } as Loose],
    ['clock', { clock: {} } as Loose],
    ['signal', { signal: 5 } as Loose],
    ['null', null as Loose],
  ])('[Y44][Y36] a cache refuses a wrong or unknown option: %s', (_name, options: LocalCacheOptions) => {
    const store = new MemoryStore();
    thrown(() => new LocalCache(store, options), 'ERR_INVALID_OBJECT');
    expect(store.stats().watchers).toBe(0);
  });

  test('[Y44] queries, views and waits refuse wrong and unknown options', async () => {
    const store = new MemoryStore({ history: 10 });
    const cache = new LocalCache(store, { tables: ['task'] });
    const tasks = cache.table('task');
    for (const options of [
      { sorted: ['slot'] },
      { sort: 'slot' },
      { sort: [5] },
      { sort: [null] },
      { sort: [{ by: 'slot', descending: true }] },
      { sort: [{ by: 'slot', desc: 'yes' }] },
      { where: 'slot' },
      null,
    ]) {
      thrown(() => tasks.find({}, options as Loose), 'ERR_INVALID_OBJECT');
    }
    for (const options of [{ limit: 5 }, { onchange: () => undefined }, { onChange: 5 }, { sort: [{}] }, null]) {
      thrown(() => tasks.view(options as Loose), 'ERR_INVALID_OBJECT');
    }
    expect(cache.stats().views).toBe(0);
    for (const options of [{ timeoutMs: 5 }, { signal: {} }, null]) {
      await rejected(cache.waitFor(store.version, options as Loose), 'ERR_INVALID_OBJECT');
    }
    for (const source of [undefined, null, 5, {}]) {
      thrown(() => follow(source as Loose), 'ERR_INVALID_OBJECT');
      thrown(() => new LocalCache(source as Loose), 'ERR_INVALID_OBJECT');
    }
  });
});

test('[Y45] a pending refresh does not keep the process alive', async () => {
  const started = systemClock.now();
  const { code, output, errors } = await runProgram(`
    import { MemoryStore } from 'swarmstate';
    import { LocalCache } from 'swarmstate/cache';
    const store = new MemoryStore({ history: 10 });
    const cache = new LocalCache(store, { tables: ['node'], refreshMs: 60_000 });
    let told = 0;
    cache.table('node').view({ onChange: () => { told += 1; } });
    for (const id of ['a', 'b']) await store.update((tx) => tx.nodes.create({ id }));
    await cache.waitFor(store.version);
    console.log(told);
  `);
  expect({ code, output, errors }).toEqual({ code: 0, output: '1\n', errors: '' });
  expect(systemClock.now() - started).toBeLessThan(50_000);
}, 60_000);
