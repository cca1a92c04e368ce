import { abortable } from '../../../base/async/abortable.ts';
import { pause } from '../../../base/async/pause.ts';
import { KvError } from '../../../errors/kv-error.ts';
import { conditionHolds } from '../../backend/condition.ts';
import { refused } from '../connection/failure.ts';
import { readNames } from '../reading/snapshots.ts';
import { isExpired, isThere, lastIndexOf, pairOf } from '../records/entry.ts';
import { writesPerFolder } from '../records/keyspace.ts';
import { isClosed, untilOpen } from '../protocol/settle.ts';
import { mostSteps, perform } from '../protocol/transactions.ts';
import { draftOf, draftText, ownSteps } from './draft.ts';
import { writeLarge } from './large.ts';
import { trimHistory } from './trim.ts';
import type { CommitResult, DriverOperation } from '../../backend/driver.ts';
import type { KvCondition } from '../../api/calls.ts';
import type { ConsulContext } from '../protocol/context.ts';
import type { Snapshot } from '../reading/snapshots.ts';
import type { Entry } from '../records/entry.ts';
import type { Head } from '../records/head.ts';
import type { Step } from '../protocol/transactions.ts';
import type { Draft } from './draft.ts';
import type { Session } from './sessions.ts';

/** A transaction with the sessions of its keys. */
export interface Commit {
  readonly conditions: readonly KvCondition[];
  readonly operations: readonly DriverOperation[];
  readonly sessions: ReadonlyMap<string, Session>;
}

/**
 * The writes of a store. Each write replaces the head that it has seen, in one transaction of Consul with its changes
 * and its record. So writes have one order, and a write whose keys were read under the same head needs no other check.
 * The writes of one store wait for each other; those of several stores try again when another one was faster.
 */
export class ConsulWriter {
  readonly #context: ConsulContext;
  /** The head as it was seen last; undefined when it is to be read. */
  #head: Head | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #trimming: Promise<void> | undefined;

  constructor(context: ConsulContext) {
    this.#context = context;
  }

  commit(commit: Commit, signal: AbortSignal | undefined): Promise<CommitResult> {
    return this.#inTurn(signal, () => this.#commit(commit, signal));
  }

  /** Deletes expired keys. */
  sweep(names: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    return this.#inTurn(signal, () => this.#sweep(names, signal));
  }

  /** Writes what `plan` makes of a snapshot that it reads, and gives its result. Without a draft nothing is written. */
  writeRead<T>(
    plan: () => Promise<{ readonly snapshot: Snapshot; readonly draft: Draft | undefined; readonly result: T }>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    return this.#inTurn(signal, () =>
      this.#untilWritten(signal, async () => {
        const { snapshot, draft, result } = await plan();
        if (draft === undefined) return { result };
        const number = await this.#writeAny(snapshot, draft, [], signal);
        return number === undefined ? undefined : { result };
      }),
    );
  }

  /** Waits for the requests in the background. */
  async settled(): Promise<void> {
    await this.#trimming;
  }

  /** Runs a write after all that were asked for before. */
  async #inTurn<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    let done: () => void = () => undefined;
    this.#turn = new Promise<void>((resolve) => (done = resolve));
    try {
      await (signal === undefined ? before : abortable(before, signal));
      return await work();
    } finally {
      // A write that is given up keeps its place: those behind it still wait for those before it.
      void before.then(done);
    }
  }

  /** Tries until `attempt` gives a result: undefined says that another writer was faster. */
  async #untilWritten<T>(
    signal: AbortSignal | undefined,
    attempt: (tries: number) => Promise<{ readonly result: T } | undefined>,
  ): Promise<T> {
    const { timeoutMs } = this.#context.connection;
    const deadline = performance.now() + timeoutMs;
    for (let tries = 0; ; tries++) {
      const done = await attempt(tries);
      if (done !== undefined) return done.result;
      this.#head = undefined;
      if (performance.now() >= deadline) {
        const message = `other writers of the store were faster for ${timeoutMs} ms; nothing was written`;
        throw new KvError('ERR_KV_NOT_REACHABLE', message, { backend: 'consul' });
      }
      if (tries > 0) await pause(Math.random() * Math.min(50, 2 ** tries), signal ?? new AbortController().signal);
      signal?.throwIfAborted();
    }
  }

  async #commit(commit: Commit, signal: AbortSignal | undefined): Promise<CommitResult> {
    let isQuick = true;
    return this.#untilWritten(signal, async () => {
      if (isQuick) {
        const quick = await this.#quick(commit, signal);
        if (quick !== 'read first') return quick === undefined ? undefined : { result: quick };
        isQuick = false;
      }
      return this.#careful(commit, signal);
    });
  }

  /** Lets Consul check the conditions, where it can. Saves the read, when nobody was faster and all of them hold. */
  async #quick(commit: Commit, signal: AbortSignal | undefined): Promise<CommitResult | 'read first' | undefined> {
    const { operations, sessions } = commit;
    const checks = this.#checks(commit);
    if (checks === undefined) return 'read first';
    const head = this.#head ?? (await this.#readHead(signal));
    const draft = draftOf(this.#context, operations, sessions);
    if (ownSteps + checks.length + draft.steps(1).length > mostSteps) return 'read first';
    const { text, next } = draftText(this.#context, head, draft, checks);
    const outcome = await this.#send(text, signal);
    if (outcome.entries !== undefined) return { lastIndex: this.#written(next, outcome.entries, draft) };
    // Only the head was refused: the next attempt is as quick. Else the keys tell what does not hold.
    return outcome.refused.size === 1 && outcome.refused.has(0) ? undefined : 'read first';
  }

  /** The conditions as steps; undefined where Consul cannot check all, or a delete may find nothing. */
  #checks({ conditions, operations }: Commit): readonly Step[] | undefined {
    const { keyspace, known } = this.#context;
    const checks: Step[] = [];
    const present = new Set<string>();
    for (const { key, exists, lastIndex } of conditions) {
      const name = keyspace.nameOf(key);
      if (exists !== false) present.add(key);
      // Consul still has a key whose ttl is over. So the number must be that of a key which had not expired.
      const index = lastIndex === undefined ? known.latest(key) : known.of(key, lastIndex);
      if (exists === false) checks.push({ verb: 'check-not-exists', name });
      else if (index === undefined) return undefined;
      else checks.push({ verb: 'check-index', name, index });
    }
    if (operations.length === 0) return undefined;
    return operations.every(({ type, key }) => type === 'put' || present.has(key)) ? checks : undefined;
  }

  async #careful(
    { conditions, operations, sessions }: Commit,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly result: CommitResult } | undefined> {
    const { keyspace, known } = this.#context;
    const names = new Set([...conditions, ...operations].map(({ key }) => keyspace.nameOf(key)));
    const { head, entries } = await readNames(this.#context, [...names], { stale: false, signal });
    const expired = [...names].filter((name) => {
      const entry = entries.get(name);
      return entry !== undefined && isExpired(entry);
    });
    if (expired.length > 0) {
      await this.#sweep(expired, signal);
      return undefined;
    }
    const stored = (key: string): Entry | undefined => {
      const entry = entries.get(keyspace.nameOf(key));
      return isThere(entry) ? entry : undefined;
    };
    for (const { key } of conditions) {
      const entry = stored(key);
      if (entry !== undefined) known.learn(key, entry);
    }
    const failed = conditions.findIndex((condition) => {
      const entry = stored(condition.key);
      return !conditionHolds(condition, entry === undefined ? undefined : lastIndexOf(entry));
    });
    if (failed !== -1) {
      const { key } = conditions[failed] as KvCondition;
      const entry = stored(key);
      return { result: { failed, pair: entry === undefined ? undefined : pairOf(key, entry) } };
    }
    const draft = draftOf(this.#context, operations, sessions, entries);
    if (draft.changes.length === 0) return { result: { lastIndex: BigInt(Math.max(1, head.number)) } };
    // Other programs do not know the head. Keys that they may write are guarded where there is room.
    const guards = conditions.map(({ key }): Step => {
      const [name, entry] = [keyspace.nameOf(key), stored(key)];
      if (entry === undefined) return { verb: 'check-not-exists', name };
      return { verb: 'check-index', name, index: entry.modifyIndex };
    });
    const number = await this.#writeAny({ head, entries }, draft, guards, signal);
    return number === undefined ? undefined : { result: { lastIndex: number } };
  }

  /** Writes a draft behind a snapshot: with its guards, without, or as a large one, as the steps fit. */
  async #writeAny(
    snapshot: Snapshot,
    draft: Draft,
    guards: readonly Step[],
    signal: AbortSignal | undefined,
  ): Promise<bigint | undefined> {
    const steps = ownSteps + draft.steps(1).length;
    if (steps <= mostSteps) {
      return this.#write(snapshot.head, draft, steps + guards.length > mostSteps ? [] : guards, signal);
    }
    const number = await writeLarge(this.#context, snapshot, draft, signal);
    this.#head = undefined;
    return number === undefined ? undefined : BigInt(number);
  }

  /** Resolves to the number of the write; to undefined when another writer was faster. */
  async #write(
    head: Head,
    draft: Draft,
    guards: readonly Step[],
    signal: AbortSignal | undefined,
  ): Promise<bigint | undefined> {
    const { text, next } = draftText(this.#context, head, draft, guards);
    const outcome = await this.#send(text, signal);
    if (outcome.entries !== undefined) return this.#written(next, outcome.entries, draft);
    for (const why of outcome.refused.values()) if (/invalid session/i.test(why)) throw refused(why);
    return undefined;
  }

  async #send(text: string, signal: AbortSignal | undefined): ReturnType<typeof perform> {
    try {
      return await perform(this.#context.connection, text, { kind: 'write', signal });
    } catch (error) {
      this.#head = undefined;
      throw error;
    }
  }

  /** Takes over what a write has made. Gives its number. */
  #written(next: Omit<Head, 'modifyIndex'>, entries: ReadonlyMap<string, Entry>, draft: Draft): bigint {
    const { keyspace, known } = this.#context;
    const { modifyIndex = 0 } = entries.get(keyspace.head) ?? {};
    this.#head = { ...next, modifyIndex };
    for (const { key, value } of draft.changes) {
      const entry = entries.get(keyspace.nameOf(key));
      if (value !== undefined && entry !== undefined) known.learn(key, entry);
      else known.forget(key);
    }
    if (next.number % writesPerFolder === 0) this.#trim(next.number);
    return BigInt(next.number);
  }

  /** Deletes expired keys in one write. */
  async #sweep(names: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    const { keyspace } = this.#context;
    for (let start = 0; start < names.length; start += mostSteps - ownSteps) {
      const part = names.slice(start, start + mostSteps - ownSteps);
      await this.#untilWritten(signal, async () => {
        const { head, entries } = await readNames(this.#context, part, { stale: false, signal });
        const expired = [...entries.values()].filter((entry) => isExpired(entry) && entry.name !== keyspace.head);
        if (expired.length === 0) return { result: undefined };
        const draft: Draft = {
          key: '',
          changes: expired.map(({ name }) => ({ key: keyspace.keyOf(name) ?? '' })),
          steps: () => expired.map(({ name, modifyIndex }) => ({ verb: 'delete-cas', name, index: modifyIndex })),
        };
        const number = await this.#write(head, draft, [], signal);
        return number === undefined ? undefined : { result: undefined };
      });
    }
  }

  async #readHead(signal: AbortSignal | undefined): Promise<Head> {
    for (;;) {
      const { head } = await readNames(this.#context, [], { stale: false, signal });
      if (!isClosed(head)) return head;
      await untilOpen(this.#context, head, signal);
    }
  }

  /** Deletes the oldest records, in the background: a failure leaves them for the next time. */
  #trim(number: number): void {
    this.#trimming ??= trimHistory(this.#context, number)
      .catch(() => undefined)
      .finally(() => (this.#trimming = undefined));
  }
}
