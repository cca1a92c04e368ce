import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as contract from 'swarmstate/testing/kv';
import type { ContractContext } from 'swarmstate/testing/kv';
import type { KvStore } from 'swarmstate/kv';

/**
 * Registers the contract suite for a backend. `open` gives a new connection to the same data, or the same store where
 * there is none.
 */
export function testContract(backend: string, open: () => Promise<KvStore>): void {
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

    test(`[Q1] put, get, delete and exists, on ${backend}`, () => contract.putGetDeleteExists(context()));
    test(`[Q2] keys at the edge, on ${backend}`, () => contract.keysAtTheEdge(context()));
    test(`[Q3] empty, odd and largest values, on ${backend}`, () => contract.values(context()));
    test(`[Q4] list and deleteTree take whole segments, on ${backend}`, () => contract.listing(context()));
    test(`[Q5] atomicPut and atomicDelete, on ${backend}`, () => contract.atomicCalls(context()));
    test(`[Q6] transactions over several keys, on ${backend}`, () => contract.transactions(context()));
    test(`[Q7] eight writers lose nothing, on ${backend}`, () => contract.concurrentWriters(context()));
    test(`[Q8] a watch goes from absent through creates, changes and deletes, on ${backend}`, () =>
      contract.watching(context()));
    test(`[Q9] a watched tree is listed whole, on ${backend}`, () => contract.watchingTrees(context()));
    test(`[Q8] watches that start between writes miss nothing, on ${backend}`, () =>
      contract.watchingWhileWriting(context()));
    test(`[Q10] a ttl is never shorter, and is renewed, on ${backend}`, () => contract.timeToLive(context()), 20_000);
    test(`[Q11] an aborted call rejects with its reason, on ${backend}`, () => contract.aborting(context()));
    test(`[Q32] a call that is aborted on its way ends, on ${backend}`, () => contract.abortingOnTheWay(context()));
    test(`[Q12] close ends watches in order, and calls, on ${backend}`, () => contract.closing(context()));
    test(`[Q13] there is no lock yet, on ${backend}`, async () => {
      expect(kv.hasLocks).toBe(false);
      await expect(kv.newLock('a')).rejects.toMatchObject({ code: 'ERR_KV_CALL_NOT_SUPPORTED' });
    });
  });
}
