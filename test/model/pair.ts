import { isDeepStrictEqual } from 'node:util';
import { expect } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import type { Commit, Kind, Kinds, ReadTx, StoreEvent, Watcher } from 'swarmstate';
import { matches } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import type { Contents } from '../../src/testing/model/contents.ts';
import { findObjects, matchesObject } from '../../src/testing/model/finders.ts';
import { kinds, tableNames } from '../../src/testing/model/kinds.ts';
import { ModelStore } from '../../src/testing/model/model-store.ts';
import { byOf } from './finder-of-query.ts';
import { deferred } from '../support/store-helpers.ts';
import type { Command } from './random-programs.ts';
import type { Question } from './random-queries.ts';
import { runOnModel, runOnStore } from './run-command.ts';
import type { Write } from './run-command.ts';
import { comparable } from './run-step.ts';
import type { Outcome } from './run-step.ts';

/** A state that stays open during later writes, with an iteration that has begun on it. */
interface Held {
  readonly tx: ReadTx;
  readonly contents: Contents;
  readonly question: Question;
  readonly walk: Iterator<unknown> | undefined;
  walked: number;
  readonly release: () => void;
}

interface Follower {
  readonly store: MemoryStore;
  readonly commits: AsyncIterator<Commit>;
  /** The number of the model's commits that the store has applied. */
  position: number;
}

/** Runs the same commands on a store and on a model, and compares all that can be observed. */
export class Pair {
  readonly store: MemoryStore = new MemoryStore();
  readonly model: ModelStore;
  readonly #states: Contents[] = [];
  readonly #events: Watcher = this.store.watch({ limit: Infinity });
  readonly #held: Held[] = [];
  readonly #followers: Follower[] = [];

  constructor() {
    this.model = new ModelStore((_commit, contents) => this.#states.push(contents));
  }

  async run(command: Command): Promise<void> {
    switch (command.do) {
      case 'update inside a view':
        await this.#updateInsideView(command.step);
        break;
      case 'hold':
        this.#hold(command.how, command.question);
        break;
      case 'release':
        this.#held.splice(command.which, 1)[0]?.release();
        break;
      case 'follow':
        await this.#follow();
        break;
      case 'ask':
        this.store.view((tx) => command.questions.forEach((question) => ask(tx, this.model.contents, question)));
        break;
      default:
        await this.#write(command);
    }
    await this.#compare();
  }

  /** Closes the store and compares all its events with those of the model. */
  async end(): Promise<void> {
    for (const held of this.#held) held.release();
    await this.store.close();
    const expected: unknown[] = this.model.commits.flatMap(({ events }) => [...events, { action: 'commit' }]);
    const delivered: StoreEvent[] = [];
    for await (const event of this.#events) delivered.push(event);
    expect(delivered.map((event) => ({ ...event }))).toEqual(expected);
    expect(this.store.stats()).toMatchObject({ snapshots: 0, waiting: 0 });
  }

  async #write(command: Write): Promise<void> {
    const before = this.#identities();
    const expected = runOnModel(this.model, command);
    const outcomes = await runOnStore(this.store, command);
    expect(outcomes).toEqual(expected);
    if (command.do === 'restore' || command.do === 'restoreTable') this.#compareIdentities(before);
  }

  async #updateInsideView(step: Extract<Write, { readonly do: 'update' }>['step']): Promise<void> {
    const before = this.model.contents;
    let write: Promise<Outcome[]> | undefined;
    this.store.view((tx) => {
      const walks = kinds.map((kind) => tx.table(kind).iterate(byOf({ by: 'all' })));
      const begun = walks.map((walk) => walk.next());
      write = runOnStore(this.store, { do: 'update', step });
      walks.forEach((walk, n) => {
        const first = begun[n]?.done === true ? [] : [begun[n]?.value];
        compare([...first, ...walk], before.list(kinds[n] as Kind));
      });
      compareContents(tx, before);
    });
    expect(await write).toEqual(runOnModel(this.model, { do: 'update', step }));
  }

  #hold(how: 'snapshot' | 'view', question: Question): void {
    const contents = this.model.contents;
    const open = how === 'snapshot' ? this.#openSnapshot() : this.#openView();
    const walk = outcomeOf(() => open.tx.table(question.kind).iterate(byOf(question.query)));
    this.#held.push({ ...open, contents, question, walk: 'value' in walk ? walk.value : undefined, walked: 0 });
  }

  #openSnapshot(): Pick<Held, 'tx' | 'release'> {
    const snapshot = this.store.snapshot();
    return { tx: snapshot, release: () => snapshot.close() };
  }

  #openView(): Pick<Held, 'tx' | 'release'> {
    const gate = deferred();
    let opened: ReadTx | undefined;
    void this.store.view((tx) => {
      opened = tx;
      return gate.promise;
    });
    return { tx: opened as unknown as ReadTx, release: gate.resolve };
  }

  async #follow(): Promise<void> {
    const { value, watcher } = this.store.viewAndWatch((tx) => this.store.save(tx));
    const store = new MemoryStore();
    await store.restore(StoreSnapshot.decode(StoreSnapshot.encode(value)));
    this.#followers.push({ store, commits: watcher.commits(), position: this.model.commits.length });
  }

  async #compare(): Promise<void> {
    this.store.view((tx) => compareContents(tx, this.model.contents));
    expect(hex(this.store.save())).toBe(hex(this.model.contents.save()));
    for (const held of this.#held) this.#compareHeld(held);
    for (const follower of this.#followers) await this.#catchUp(follower);
  }

  #compareHeld(held: Held): void {
    compareContents(held.tx, held.contents);
    ask(held.tx, held.contents, held.question);
    if (held.walk === undefined) return;
    // One step of the iteration; writes since its last step must not show.
    const expected = findObjects(held.question.query, held.question.kind, held.contents.list(held.question.kind))[
      held.walked
    ];
    const step = held.walk.next();
    expect(step.done === true ? undefined : step.value).toEqual(expected);
    held.walked += 1;
  }

  async #catchUp(follower: Follower): Promise<void> {
    for (; follower.position < this.model.commits.length; follower.position += 1) {
      const { value } = (await follower.commits.next()) as IteratorResult<Commit, undefined>;
      if (value === undefined) throw new Error('the stream ended');
      await follower.store.apply(value);
      expect(hex(follower.store.save())).toBe(hex((this.#states[follower.position] as Contents).save()));
    }
  }

  #identities(): ReadonlyMap<Kinds[Kind], Kinds[Kind]> {
    const stored = this.store.save();
    // compare() has shown that the objects at the same position of a kind are equal.
    return new Map(
      kinds.flatMap((kind) =>
        this.model.contents
          .list(kind)
          .map((object, n) => [object, stored[tableNames[kind]][n] as Kinds[Kind]] as const),
      ),
    );
  }

  #compareIdentities(before: ReadonlyMap<Kinds[Kind], Kinds[Kind]>): void {
    const stored = this.store.save();
    for (const kind of kinds) {
      this.model.contents.list(kind).forEach((object, n) => {
        const same = before.get(object);
        if (same !== undefined) expect(stored[tableNames[kind]][n]).toBe(same);
      });
    }
  }
}

/** Compares all objects of a state, by id and in order. */
export function compareContents(tx: ReadTx, contents: Contents): void {
  for (const kind of kinds) {
    const expected = contents.list(kind);
    const table = tx.table(kind);
    const found = table.find(byOf({ by: 'all' }));
    compare(found, expected);
    for (const object of found) expect(table.get(object.id)).toBe(object);
    for (const id of ['unknown', '']) compare(table.get(id), contents.table(kind).get(id));
  }
}

/** Compares all reads with one finder, on a state whose objects were compared before. */
export function ask(tx: ReadTx, contents: Contents, { kind, query }: Question): void {
  const objects = contents.list(kind);
  const table = tx.table(kind);
  const by = byOf<Kind>(query);
  const expected = outcomeOf(() => findObjects(query, kind, objects).map((object) => object.id));
  const found = outcomeOf(() => table.find(by));
  compare(
    outcomeOf(() => table.find(by).map((object) => object.id)),
    expected,
  );
  compare(
    outcomeOf(() => [...table.iterate(by)]),
    found,
  );
  compare(
    outcomeOf(() => table.count(by)),
    'value' in expected ? { value: expected.value.length } : expected,
  );
  if ('value' in found) for (const object of found.value) expect(table.get(object.id)).toBe(object);
  for (const object of objects) {
    compare(
      outcomeOf(() => matches(by, kind, object)),
      outcomeOf(() => matchesObject(query, kind, object)),
    );
  }
}

/** As `toEqual`, which would take most of the test's time. */
function compare(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected);
}

function outcomeOf<T>(call: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: call() };
  } catch (error) {
    return { error: comparable(error) };
  }
}

function hex(contents: StoreSnapshot): string {
  return Buffer.from(StoreSnapshot.encode(contents)).toString('hex');
}
