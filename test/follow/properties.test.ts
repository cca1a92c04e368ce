import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryStore, StoreError, all, matches } from 'swarmstate';
import type { By, Change, Kind, Kinds, ObjectEvent, Version } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import type { FollowedCommit, FollowedPart, Follower } from 'swarmstate/cache';
import { kinds } from '../../src/testing/model/kinds.ts';
import { byOf } from '../model/finder-of-query.ts';
import { checkAsyncProperty } from '../support/property.ts';
import { AttachedProposer } from '../support/scripted-proposer.ts';
import { VirtualClock } from '../examples/support/virtual-clock.ts';
import { focuses } from '../model/random-objects.ts';
import { programsOn } from '../model/random-programs.ts';
import { queryOf } from '../model/random-queries.ts';
import { runOnStore } from '../model/run-command.ts';
import type { Write } from '../model/run-command.ts';
import { Tally, UnreliableSource } from './support/unreliable-source.ts';
import { microtasks } from '../support/microtasks.ts';

type Part = Kind | FollowedPart;

const partOn = (focus: readonly Kind[]): fc.Arbitrary<Part> => {
  const kind = fc.constantFrom(...focus);
  const bounded = kind.chain((of) => queryOf(of).map((query) => ({ kind: of, by: byOf(query) })));
  return fc.oneof(kind, bounded.filter(isTaken));
};

/** True for a finder that its table takes. */
function isTaken({ kind, by }: FollowedPart): boolean {
  try {
    return new MemoryStore().view((tx) => tx.table(kind).count(by as By<Kind>)) === 0;
  } catch {
    return false;
  }
}

type Step =
  | { readonly do: 'write'; readonly write: Write }
  | { readonly do: 'burst'; readonly times: number }
  | { readonly do: 'settle' | 'read' | 'reload' | 'hold' }
  | { readonly do: 'cut'; readonly refusals: number; readonly writes: number; readonly trims: boolean }
  | { readonly do: 'resume'; readonly known: boolean };

const stepOn = (focus: readonly Kind[]): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 12,
      arbitrary: programsOn(focus).writes.map((write) => ({ do: 'write' as const, write: write as Write })),
    },
    // Writes that nobody waits for outrun the follower.
    { weight: 5, arbitrary: fc.record({ do: fc.constant('burst' as const), times: fc.integer({ min: 1, max: 12 }) }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('settle' as const, 'read' as const, 'read' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('resume' as const), known: fc.boolean() }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('cut' as const),
        refusals: fc.constantFrom(0, 0, 1, 3),
        writes: fc.nat(4),
        trims: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('hold' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reload' as const) }) },
  );

interface Program {
  readonly tables: readonly Part[] | undefined;
  readonly limit: number | undefined;
  readonly history: number;
  readonly steps: readonly Step[];
  /** Whether the source ends before the follower has caught up. */
  readonly abrupt: boolean;
}

const program: fc.Arbitrary<Program> = focuses.chain((focus) =>
  fc.record({
    tables: fc.option(fc.array(partOn([...focus, 'task']), { minLength: 1, maxLength: 4 }), {
      nil: undefined,
      freq: 3,
    }),
    limit: fc.constantFrom(1, 3, 10, undefined),
    history: fc.constantFrom(0, 1, 3, 1000),
    steps: fc.array(stepOn(focus), { minLength: 5, maxLength: 40 }),
    abrupt: fc.boolean(),
  }),
);

/** The rows of a reader that knows only the reported changes. */
class Told {
  readonly rows = new Map<string, Kinds[Kind]>();

  apply({ cause, events }: FollowedCommit): void {
    if (cause === 'initial') this.rows.clear();
    const touched = new Set<string>();
    for (const event of events) {
      const key = `${event.kind} ${event.object.id}`;
      if (cause !== 'commit' && touched.has(key)) throw new Error(`${key} comes twice in a difference`);
      touched.add(key);
      this.#change(key, event);
    }
  }

  #change(key: string, event: ObjectEvent): void {
    const had = this.rows.get(key);
    switch (event.action) {
      case 'create':
        if (had !== undefined) throw new Error(`${key} is created twice`);
        this.rows.set(key, event.object);
        break;
      case 'update':
        if (had === undefined || had !== event.oldObject || had === event.object)
          throw new Error(`${key} is not updated from what it was`);
        this.rows.set(key, event.object);
        break;
      case 'delete':
        if (had === undefined || had !== event.object) throw new Error(`${key} is not what is deleted`);
        this.rows.delete(key);
    }
  }
}

function followed(follower: Follower, tables: readonly Kind[]): Map<string, Kinds[Kind]> {
  return new Map(
    tables.flatMap((kind) => [...follower.table(kind)].map((object) => [`${kind} ${object.id}`, object] as const)),
  );
}

/** The source's rows of the followed parts. */
function wanted(source: MemoryStore, parts: readonly Part[]): Map<string, Kinds[Kind]> {
  const rows = new Map<string, Kinds[Kind]>();
  source.view((tx) => {
    for (const item of parts) {
      const kind = typeof item === 'string' ? item : item.kind;
      const by = (typeof item === 'string' ? all : item.by) as By<Kind>;
      for (const object of tx.table(kind).find(all))
        if (matches(by, kind, object)) rows.set(`${kind} ${object.id}`, object);
    }
  });
  return rows;
}

/** A proposer whose log can be trimmed. */
class TrimmedProposer extends AttachedProposer {
  #oldest = 0;

  trim(): void {
    this.#oldest = this.index;
  }

  override changesBetween(from: Version, to: Version): Iterable<Change> | AsyncIterable<Change> {
    if (from.index >= this.#oldest) return super.changesBetween(from, to);
    throw new StoreError('ERR_LOG_COMPACTED', `the log begins after ${this.#oldest}`, {
      oldest: { index: this.#oldest },
    });
  }
}

class Following {
  readonly #source: MemoryStore;
  readonly #connection: UnreliableSource;
  readonly #clock = new VirtualClock(0);
  readonly #proposer: TrimmedProposer | undefined;
  readonly #tally: Tally;
  readonly #parts: readonly Part[];
  readonly #kinds: readonly Kind[];
  readonly #options: {
    readonly tables: readonly Part[];
    readonly limit: number | undefined;
    readonly clock: VirtualClock;
  };
  readonly #told = new Told();
  readonly #read = new Told();
  #follower!: Follower;
  #reader!: AsyncIterator<FollowedCommit, undefined>;
  readonly #pending: Promise<unknown>[] = [];
  readonly #reported = new WeakSet<FollowedCommit>();
  #failure: unknown;

  constructor({ tables: given, limit, history }: Program, proposed: boolean, tally: Tally) {
    const tables: readonly Part[] = given ?? kinds;
    this.#parts = tables;
    this.#kinds = [...new Set(tables.map((item) => (typeof item === 'string' ? item : item.kind)))];
    this.#tally = tally;
    this.#proposer = proposed ? new TrimmedProposer() : undefined;
    this.#source = new MemoryStore(this.#proposer === undefined ? { history } : { proposer: this.#proposer });
    this.#connection = new UnreliableSource(this.#source, tally);
    this.#options = { tables, limit, clock: this.#clock };
    this.#start(follow(this.#connection, this.#options));
  }

  async run(command: Step): Promise<void> {
    switch (command.do) {
      case 'write':
        await this.#write(command.write);
        return;
      case 'burst':
        for (let time = 0; time < command.times; time++) this.#pending.push(this.#touch(time));
        return;
      case 'settle':
        await this.#settle();
        return;
      case 'read':
        await microtasks();
        await this.#readOne();
        return;
      case 'resume':
        await this.#resume(command.known);
        return;
      case 'reload':
        await this.#reload();
        return;
      case 'hold':
        this.#connection.hold();
        return;
      case 'cut':
        this.#connection.cut(command.refusals);
        for (let time = 0; time < command.writes; time++) await this.#touch(time);
        if (command.trims) this.#proposer?.trim();
    }
  }

  async end(abrupt: boolean): Promise<void> {
    if (!abrupt) {
      await this.#settle();
      if (this.#failure !== undefined) throw this.#failure;
      expect(followed(this.#follower, this.#kinds)).toEqual(wanted(this.#source, this.#parts));
    }
    await Promise.all(this.#pending.splice(0));
    await this.#source.close();
    await this.#calm();
    if (this.#failure !== undefined) throw this.#failure;
    expect(followed(this.#follower, this.#kinds)).toEqual(wanted(this.#source, this.#parts));
    expect(this.#follower.status).toBe('closed');
    while (await this.#readOne());
    expect(this.#read.rows).toEqual(followed(this.#follower, this.#kinds));
  }

  #start(follower: Follower): void {
    this.#follower = follower;
    // A reader that begins with the first rows takes them from the follower itself.
    if (follower.status === 'live' && this.#told.rows.size === 0) {
      for (const [key, object] of followed(follower, this.#kinds)) this.#told.rows.set(key, object);
    }
    follower.on('commit', (commit) => {
      // An error that a handler throws would be seen by nobody.
      this.#reported.add(commit);
      try {
        this.#told.apply(
          commit.cause === 'initial' && commit.events.length === 0 ? { ...commit, cause: 'resync' } : commit,
        );
        expect(this.#told.rows).toEqual(followed(follower, this.#kinds));
      } catch (error) {
        this.#failure ??= error;
      }
    });
    this.#reader = follower.commits();
  }

  async #write(write: Write): Promise<void> {
    const { version } = this.#source;
    await runOnStore(this.#source, write);
    const restores = write.do === 'restore' || write.do === 'restoreTable';
    if (restores && this.#source.version !== version) this.#tally.add('restored');
  }

  async #resume(known: boolean): Promise<void> {
    await this.#settle();
    const objects: Partial<Record<Kind, readonly Kinds[Kind][]>> = {};
    for (const kind of this.#kinds) objects[kind] = [...this.#follower.table(kind)];
    const { version } = this.#follower;
    this.#follower.close();
    for (let time = 0; time < 3; time++) await this.#touch(time);
    this.#told.rows.clear();
    for (const [kind, rows] of Object.entries(objects))
      for (const object of rows) this.#told.rows.set(`${kind} ${object.id}`, object);
    const from = { objects: objects as never, version: known ? version : undefined };
    const follower = follow(this.#connection, { ...this.#options, from });
    // The difference to contents that are compared at once is reported before a reader can listen.
    if (follower.status === 'live') this.#told.rows.clear();
    this.#start(follower);
  }

  async #reload(): Promise<void> {
    if (this.#proposer === undefined) return;
    await this.#settle();
    this.#proposer.index += 5;
    await this.#proposer.replica?.restore(
      { nodes: [{ id: '1' }], tasks: [{ id: 'a' }] },
      { index: this.#proposer.index },
    );
  }

  async #touch(time: number): Promise<void> {
    await this.#source.update((tx) => {
      for (const id of ['1', '2', 'a']) {
        const object = tx.tasks.get(id);
        if (object === undefined) tx.tasks.create({ id, serviceId: 's' });
        else if (time % 5 === 4) tx.tasks.delete(id);
        else tx.tasks.modify(id, (draft) => void (draft.slot = time));
      }
    });
  }

  async #readOne(): Promise<boolean> {
    const result = await Promise.race([this.#reader.next(), microtasks().then(() => microtasks())]);
    if (result === undefined) {
      // No commit waits. A pending read would be served first, so a new stream is opened.
      await this.#reader.return?.();
      this.#reader = this.#follower.commits();
      return true;
    }
    if (result.done === true) return false;
    this.#read.apply(result.value);
    if (result.value.cause === 'resync' && !this.#reported.has(result.value)) this.#tally.add('read too slowly');
    return true;
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#pending.splice(0));
    await this.#calm();
    await this.#follower.waitFor(this.#source.version ?? { index: 0 });
    await microtasks();
  }

  /** Runs all ready work. A follower that lost its connection tries again later. */
  async #calm(): Promise<void> {
    this.#connection.release();
    for (let attempt = 0; attempt < 50; attempt++) {
      await microtasks();
      if (this.#clock.next === undefined) return;
      this.#clock.turnTo(this.#clock.next);
    }
    throw new Error('the follower never comes back');
  }
}

test.each([['a plain store', false, ['restored']] as const, ['a replica', true, ['reloaded']] as const])(
  '[Y13][Y6][Y7][Y8][Y9] random programs on %s: rows converge to the source’s, and changes give exactly the rows',
  async (_name, proposed, more) => {
    const tally = new Tally();
    await checkAsyncProperty(
      fc.asyncProperty(program, async (given) => {
        const following = new Following(given, proposed, tally);
        for (const command of given.steps) await following.run(command);
        await following.end(given.abrupt);
      }),
      { numRuns: 200 },
    );
    // A property that never meets its cases proves nothing.
    const met = ['ERR_WATCH_OVERFLOW', 'ERR_LOG_COMPACTED', 'resumed', 'cut', 'refused', 'read too slowly', ...more];
    if (process.env['FC_TALLY'] !== undefined) console.log(met.map((what) => `${what} ${tally.of(what)}`).join(', '));
    expect(met.filter((what) => tally.of(what) === 0)).toEqual([]);
  },
  60_000 * Number(process.env['FC_RUNS'] ?? 1),
);
