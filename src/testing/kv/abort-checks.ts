import assert from 'node:assert/strict';
import { isKvError } from '../../errors/kv-error.ts';
import { outcomeOf } from './contract.ts';
import type { ContractContext } from './contract.ts';
import type { KvOptions } from '../../kv/api/calls.ts';
import type { KvStore } from '../../kv/api/kv-store.ts';

/** A write, and whether its key exists before and after it. */
interface Write {
  readonly run: (kv: KvStore, key: string, lastIndex: bigint, options: KvOptions) => Promise<unknown>;
  readonly before: boolean;
  readonly after: boolean;
}

const writes: readonly Write[] = [
  { run: (kv, key, _, options) => kv.put(key, 'x', options), before: false, after: true },
  { run: (kv, key, _, options) => kv.put(key, 'x', { ...options, ttl: 60_000 }), before: false, after: true },
  { run: (kv, key, _, options) => kv.atomicPut(key, 'x', undefined, options), before: false, after: true },
  {
    run: (kv, key, _, options) => kv.transaction([], [{ type: 'put', key, value: 'x' }], options),
    before: false,
    after: true,
  },
  { run: (kv, key, _, options) => kv.delete(key, options), before: true, after: false },
  { run: (kv, key, lastIndex, options) => kv.atomicDelete(key, { lastIndex }, options), before: true, after: false },
  {
    run: (kv, key, _, options) => kv.deleteTree(key.slice(0, key.lastIndexOf('/')), options),
    before: true,
    after: false,
  },
  { run: (kv, key, _, options) => kv.deleteRange(key.slice(0, -4), options), before: true, after: false },
];

const reads: readonly ((kv: KvStore, folder: string, options: KvOptions) => Promise<unknown>)[] = [
  (kv, folder, options) => kv.get(`${folder}/there`, options),
  (kv, folder, options) => kv.exists(`${folder}/there`, options),
  (kv, folder, options) => kv.list(folder, options),
  (kv, folder, options) => kv.list(folder, { ...options, limit: 1 }),
  (kv, folder, options) => kv.read([`${folder}/there`], options),
];

/** Checks that calls with an aborted signal do nothing, and that aborting ends a waiting watch with the reason. */
export async function aborting({ kv, folder }: ContractContext): Promise<void> {
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  const is = (error: unknown): boolean => error === reason;
  const pair = await kv.put(`${folder}/there`, 'x', { ttl: 60_000 });
  for (const [number, { run, before }] of writes.entries()) {
    const key = `${folder}/${number}/key`;
    const { lastIndex } = before ? await kv.put(key, 'x') : pair;
    await assert.rejects(run(kv, key, lastIndex, { signal }), is);
    assert.equal(await kv.exists(key), before);
  }
  for (const read of reads) await assert.rejects(read(kv, folder, { signal }), is);
  await assert.rejects(kv.newLock(`${folder}/lock`, { signal }), is);
  assert.throws(() => kv.keepAlive(pair, { ttl: 60_000, signal }), is);
  const stop = new AbortController();
  const watches = (options: KvOptions): Promise<unknown>[] => [
    kv.watch(`${folder}/absent`, options).next(),
    kv
      .watchTree(folder, options)
      .next()
      .then(() => kv.watch(`${folder}/absent`, options).next()),
  ];
  for (const next of watches({ signal })) await assert.rejects(next, is);
  const watcher = kv.watch(`${folder}/absent`, { signal: stop.signal });
  const checks = [...watches({ signal: stop.signal }), watcher.next()].map((next) => assert.rejects(next, is));
  await new Promise(setImmediate);
  stop.abort(reason);
  await Promise.all(checks);
  // The watch throws the error once; then it is over.
  assert.deepEqual(await watcher.next(), { done: true, value: undefined });
}

/**
 * Checks calls that are aborted while they run. A read resolves or rejects with the reason. A write resolves and
 * happened, or rejects with the reason and never happens, or rejects with `ERR_KV_OUTCOME_UNKNOWN`.
 */
export async function abortingOnTheWay({ kv, other, folder }: ContractContext): Promise<void> {
  const reason = new Error('enough');
  await kv.put(`${folder}/there`, 'x');
  const undone: [string, boolean][] = [];
  for (let turns = 0; turns < 6; turns++) {
    const abortLater = async (stop: AbortController): Promise<void> => {
      for (let turn = 0; turn < turns; turn++) await (turn % 2 === 0 ? Promise.resolve() : new Promise(setImmediate));
      stop.abort(reason);
    };
    for (const read of reads) {
      const stop = new AbortController();
      const [outcome] = await Promise.all([outcomeOf(read(kv, folder, { signal: stop.signal })), abortLater(stop)]);
      if ('error' in outcome) assert.equal(outcome.error, reason);
    }
    for (const [number, { run, before, after }] of writes.entries()) {
      const key = `${folder}/${turns}-${number}/key`;
      const lastIndex = before ? (await kv.put(key, 'x')).lastIndex : 0n;
      const stop = new AbortController();
      const [outcome] = await Promise.all([
        outcomeOf(run(kv, key, lastIndex, { signal: stop.signal })),
        abortLater(stop),
      ]);
      if (!('error' in outcome))
        assert.equal(await other.exists(key), after, `call ${number} resolved, and was not done`);
      else if (outcome.error === reason) undone.push([key, before]);
      else
        assert.ok(
          isKvError(outcome.error, 'ERR_KV_OUTCOME_UNKNOWN') && outcome.error.cause === reason,
          String(outcome.error),
        );
    }
  }
  // This write comes behind the calls above: those that were sent have happened before it.
  await kv.put(`${folder}/there`, 'y');
  for (const [key, before] of undone)
    assert.equal(await other.exists(key), before, `${key} rejected with the reason, and was done`);
}
