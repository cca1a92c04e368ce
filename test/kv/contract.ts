import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as contract from 'swarmstate/testing/kv';
import type { ContractContext } from 'swarmstate/testing/kv';
import type { KvStore } from 'swarmstate/kv';

/**
 * Registers the contract suite for a backend. `open` gives a new connection to the same data, or the same store for a
 * backend that has only one connection. `notYet` is for a backend that does not have the calls of the log yet.
 */
export function testContract(
  backend: string,
  open: () => Promise<KvStore>,
  { notYet = false }: { readonly notYet?: boolean } = {},
): void {
  describe(backend, () => {
    let kv: KvStore;
    let other: KvStore;
    let count = 0;
    beforeAll(async () => {
      kv = await open();
      other = await open();
    });
    afterAll(async () => {
      await other.close();
      await kv.close();
    });
    const context = (): ContractContext => ({ kv, other, folder: `contract/${count++}`, open });

    test(`[Q1] put, get, delete and exists work on keys of every depth and script, on ${backend}`, () =>
      contract.putGetDeleteExists(context()));
    test(`[Q2] the longest key is accepted and invalid keys are refused, on ${backend}`, () =>
      contract.keysAtTheEdge(context()));
    test(`[Q3] empty, binary and largest values come back unchanged, on ${backend}`, () => contract.values(context()));
    test(`[Q4] list and deleteTree take prefixes of whole segments, on ${backend}`, () => contract.listing(context()));
    test(`[Q5] atomicPut and atomicDelete change only the write that they are given, on ${backend}`, () =>
      contract.atomicCalls(context()));
    test(`[Q6] a transaction over several keys does all or nothing, on ${backend}`, () =>
      contract.transactions(context()));
    test(`[Q57] a previous, a pair or a condition with a number that no store gave is refused, on ${backend}`, () =>
      contract.wrongNumbers(context()));
    test(`[Q57] an operation or a condition of no known form is refused, on ${backend}`, () =>
      contract.wrongParts(context()));
    test(`[Q58] a call refuses an option that it does not have, on ${backend}`, () =>
      contract.unknownOptions(context()));
    test(`[Q59] every key that is listed can be read, on ${backend}`, () => contract.listingEverything(context()));
    test(`[Q85] list takes bounds, a limit and an order, on ${backend}`, () => contract.listingRanges(context()));
    if (!notYet) {
      test(`[Q86] pairs streams every pair as it was at one moment, on ${backend}`, () =>
        contract.streamingPairs(context()));
      test(`[Q87] read reads several keys at one moment, on ${backend}`, () => contract.readingAtOneMoment(context()));
      test(`[Q88] deleteRange deletes what lies between two keys, on ${backend}`, () =>
        contract.deletingRanges(context()));
      test(`[Q89] changes tells every change in order, from any revision, on ${backend}`, () =>
        contract.everyChange(context()));
      test(`[Q89] changes continues pairs without a gap while another store writes, on ${backend}`, () =>
        contract.changesWhileWriting(context()));
      test(`[Q90] changes ends with a reason, or in order with its store, on ${backend}`, () =>
        contract.changesAtTheEdge(context()));
      test(`[Q91] the numbers of writes are ordered over the whole store, on ${backend}`, () =>
        contract.indexesOfTheStore(context()));
      test(`[Q92] a refused condition brings the pair that stands in the way, on ${backend}`, () =>
        contract.refusals(context()));
      test(`[Q93] a store takes transactions as large as its limits, and no larger ones, on ${backend}`, () =>
        contract.statedLimits(context()));
    }
    test(`[Q7] eight concurrent writers lose no update, on ${backend}`, () => contract.concurrentWriters(context()));
    test(`[Q8] a watch of an absent key gives its creates, changes and deletes in order, on ${backend}`, () =>
      contract.watching(context()));
    test(`[Q9] a watched tree is listed whole at the start and after each change, on ${backend}`, () =>
      contract.watchingTrees(context()));
    test(`[Q8] watches that start between writes miss no later write, on ${backend}`, () =>
      contract.watchingWhileWriting(context()));
    test(
      `[Q10] a key never expires before its ttl, and stays while it is renewed, on ${backend}`,
      () => contract.timeToLive(context()),
      20_000,
    );
    test(`[Q11] a call with an aborted signal does nothing and rejects with the reason, on ${backend}`, () =>
      contract.aborting(context()));
    test(`[Q32] a call that is aborted while it runs ends, on ${backend}`, () => contract.abortingOnTheWay(context()));
    test(`[Q173] calls, watches and renewals put one listener on their signal, on ${backend}`, () =>
      oneListenerOnTheSignal(context()));
    test(`[Q12] close ends watches normally and leaves no call pending, on ${backend}`, () =>
      contract.closing(context()));
    test(`[Q13][Q100] one waiter at a time holds a lock, in the order of asking, on ${backend}`, () =>
      contract.locking(context()));
    test(
      `[Q101] a lost lock is told, and a late write of its holder is refused, on ${backend}`,
      () => contract.losingLocks(context()),
      20_000,
    );
    test(`[Q102] candidates lead one after the other, and everybody observes who, on ${backend}`, () =>
      contract.electing(context()));
  });
}

async function oneListenerOnTheSignal({ kv, folder }: ContractContext): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const key = `${folder}/a`;
  const pair = await kv.put(key, 'x', { ttl: 60_000 });
  let most = 0;
  const look = (): void => {
    most = Math.max(most, getEventListeners(signal, 'abort').length);
  };
  const looking = setInterval(look, 0);
  const calls = [1, 2, 3].flatMap(() => [
    kv.get(key, { signal }),
    kv.list(folder, { signal }),
    kv.put(`${folder}/b`, 'x', { signal }),
    kv.read([key], { signal }),
  ]);
  const watchers = [1, 2, 3].flatMap(() => [kv.watch(key, { signal }), kv.watchTree(folder, { signal })]);
  const renewals = [1, 2, 3].map(() => kv.keepAlive(pair, { ttl: 60_000, signal }));
  look();
  await Promise.all([...calls, ...watchers.map((watcher) => watcher.next())]);
  clearInterval(looking);
  expect(most).toBe(1);
  controller.abort(new Error('enough'));
  await Promise.allSettled(watchers.map((watcher) => watcher.next()));
  for (const renewal of renewals) renewal.stop();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
}
