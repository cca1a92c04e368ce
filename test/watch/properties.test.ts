import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryStore } from 'swarmstate';
import type { Commit, Kind, StoreEvent, Watcher } from 'swarmstate';
import { selectorsOn, storeSelectors } from '../model/random-selectors.ts';
import { focuses } from '../model/random-objects.ts';
import { programsOn } from '../model/random-programs.ts';
import { runOnStore } from '../model/run-command.ts';
import type { Write } from '../model/run-command.ts';
import { ModelWatcher } from '../../src/testing/model/model-watcher.ts';
import type { ModelSelector } from '../../src/testing/model/model-watcher.ts';
import { checkAsyncProperty } from '../support/property.ts';

type WatchCommand =
  | { readonly do: 'write'; readonly write: Write }
  | { readonly do: 'watch'; readonly events: readonly ModelSelector[] | undefined; readonly limit: number }
  | { readonly do: 'read'; readonly which: number; readonly times: number; readonly commits: boolean }
  | { readonly do: 'close'; readonly which: number; readonly how: 'close' | 'return' | 'signal' };

const watchCommandsOn = (focus: readonly Kind[]): fc.Arbitrary<WatchCommand> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: programsOn(focus).writes.map((write) => ({ do: 'write' as const, write: write as Write })),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('watch' as const),
        events: selectorsOn(focus),
        limit: fc.constantFrom(1, 2, 3, 5, 20, Infinity),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('read' as const),
        which: fc.nat({ max: 5 }),
        times: fc.integer({ min: 1, max: 6 }),
        commits: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('close' as const),
        which: fc.nat({ max: 5 }),
        how: fc.constantFrom('close' as const, 'return' as const, 'signal' as const),
      }),
    },
  );

interface Watched {
  readonly watcher: Watcher;
  readonly commits: AsyncIterator<Commit>;
  readonly model: ModelWatcher;
  readonly controller: AbortController;
  /** A read that waits for an event. */
  waiting: { readonly result: Promise<unknown>; readonly commits: boolean } | undefined;
}

/** A store and its watchers, each with a model that filters the whole stream. */
class Watching {
  readonly #store = new MemoryStore();
  readonly #everything = this.#store.watch({ limit: Infinity }).commits();
  readonly #watched: Watched[] = [];

  async run(command: WatchCommand): Promise<void> {
    switch (command.do) {
      case 'write':
        return this.#write(command.write);
      case 'watch':
        this.#watch(command.events, command.limit);
        return;
      case 'read':
        return this.#read(command.which, command.times, command.commits);
      case 'close':
        return this.#close(command.which, command.how);
    }
  }

  /** Closes the store, and reads all unread events of every watcher. */
  async end(): Promise<void> {
    await this.#store.close();
    for (const watched of this.#watched) {
      watched.model.close();
      await this.#settleWaiting(watched);
      while (await this.#readOne(watched, false));
      expect(await watched.watcher.next()).toEqual({ done: true, value: undefined });
    }
    expect(this.#store.stats().watchers).toBe(0);
  }

  async #write(write: Write): Promise<void> {
    await runOnStore(this.#store, write);
    // A later transaction shows whether there was a commit at all.
    await this.#store.update((tx) => tx.nodes.create({ id: 'marker' }));
    await this.#store.update((tx) => {
      tx.nodes.delete('marker');
    });
    let markers = 0;
    while (markers < 2) {
      const { value } = await this.#everything.next();
      if (value === undefined) throw new Error('the stream ended');
      for (const watched of this.#watched) {
        watched.model.append(value);
        // Each transaction is awaited, so a waiting read is served before the next transaction.
        await this.#settleWaiting(watched);
      }
      if (value.events.some((event) => event.object.id === 'marker')) markers += 1;
    }
  }

  #watch(events: readonly ModelSelector[] | undefined, limit: number): void {
    const controller = new AbortController();
    const options = { events: storeSelectors(events), limit, signal: controller.signal };
    let model: ModelWatcher;
    try {
      model = new ModelWatcher(events, limit);
    } catch {
      expect(() => this.#store.watch(options)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_FIND_BY' }));
      return;
    }
    const watcher = this.#store.watch(options);
    this.#watched.push({ watcher, commits: watcher.commits(), model, controller, waiting: undefined });
  }

  async #read(which: number, times: number, commits: boolean): Promise<void> {
    const watched = this.#watched[which % Math.max(1, this.#watched.length)];
    if (watched === undefined) return;
    for (let n = 0; n < times && watched.waiting === undefined; n += 1)
      if (!(await this.#readOne(watched, commits))) return;
  }

  /** Reads once. False when the watcher has ended, and when no event waits: the read waits then. */
  async #readOne(watched: Watched, commits: boolean): Promise<boolean> {
    const result = commits ? watched.commits.next() : watched.watcher.next();
    const expected = commits ? watched.model.nextCommit() : watched.model.next();
    if (expected !== undefined) {
      compare(((await result) as IteratorResult<unknown>).value, expected, commits);
      return true;
    }
    if (watched.model.end !== undefined) {
      await compareEnd(result, watched);
      return false;
    }
    watched.waiting = { result, commits };
    return false;
  }

  async #settleWaiting(watched: Watched): Promise<void> {
    if (watched.waiting === undefined) return;
    const { result, commits } = watched.waiting;
    const expected = commits ? watched.model.nextCommit() : watched.model.next();
    if (expected === undefined && watched.model.end === undefined) return;
    watched.waiting = undefined;
    if (expected === undefined) await compareEnd(result, watched);
    else compare(((await result) as IteratorResult<unknown>).value, expected, commits);
  }

  async #close(which: number, how: 'close' | 'return' | 'signal'): Promise<void> {
    const [watched] = this.#watched.splice(which, 1);
    if (watched === undefined) return;
    const { watcher, controller, waiting, commits, model } = watched;
    const reason = new Error('enough');
    const ending = waiting?.result.then(
      (value) => value,
      (error: unknown) => error,
    );
    if (how === 'close') watcher.close();
    else if (how === 'return') await commits.return?.();
    else controller.abort(reason);
    const next = waiting === undefined ? watcher.next().catch((error: unknown) => error) : ending;
    // A waiting read, or else the next read, rejects with the reason, unless the watcher had ended before.
    if (how === 'signal' && !watchedEnd.has(model)) expect(await next).toBe(reason);
    else expect(await next).toEqual({ done: true, value: undefined });
    expect(await watcher.next()).toEqual({ done: true, value: undefined });
  }
}

/** The watchers with a read that was settled with the end. */
const watchedEnd = new WeakSet<ModelWatcher>();

async function compareEnd(result: Promise<unknown>, { model }: Watched): Promise<void> {
  if (model.end !== undefined && 'overflow' in model.end && !watchedEnd.has(model)) {
    await expect(result).rejects.toMatchObject({ code: 'ERR_WATCH_OVERFLOW', limit: model.end.overflow });
  } else {
    expect(await result).toEqual({ done: true, value: undefined });
  }
  watchedEnd.add(model);
}

function compare(actual: unknown, expected: unknown, commit: boolean): void {
  if (commit) expect((actual as Commit).events).toEqual(expected);
  else expect(actual as StoreEvent).toEqual(expected);
}

const programs = focuses.chain((focus) => fc.array(watchCommandsOn(focus), { minLength: 5, maxLength: 40 }));

test('[W25][W3][W4][W6][W7][W13][W14][W15][W17][W18][W19] random selectors deliver what a filter does', async () => {
  await checkAsyncProperty(
    fc.asyncProperty(programs, async (program) => {
      const watching = new Watching();
      for (const command of program) await watching.run(command);
      await watching.end();
    }),
    { numRuns: 500 },
  );
});
