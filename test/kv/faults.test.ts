import { expect, test } from '@jest/globals';
import { createStore, isKvError } from 'swarmstate/kv';
import { FaultyKvStore } from 'swarmstate/testing';
import type { KvFault } from 'swarmstate/testing';

const text = (value: Uint8Array): string => Buffer.from(value).toString();

async function faulty(
  fault: KvFault,
): Promise<{ readonly kv: FaultyKvStore; readonly inner: Awaited<ReturnType<typeof createStore>> }> {
  const inner = await createStore('memory');
  let first = true;
  // The first call gets the fault, the others none.
  const rates = {
    get [fault](): number {
      const rate = first ? 1 : 0;
      first = false;
      return rate;
    },
  };
  return { inner, kv: new FaultyKvStore(inner, { seed: 1, rates }) };
}

test('[Q23] FaultyKvStore with the fault refused: the write fails and does not happen', async () => {
  const { kv, inner } = await faulty('refused');
  await expect(kv.put('a', '1')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  expect(await inner.exists('a')).toBe(false);
});

test('[Q23] FaultyKvStore with the fault late: the write happens after its call failed', async () => {
  const { kv, inner } = await faulty('late');
  await expect(kv.put('a', '1')).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN' });
  expect(await inner.exists('a')).toBe(false);
  await kv.put('a', '2');
  await kv.settle();
  expect(text((await inner.get('a')).value)).toBe('1');
});

test('[Q23] FaultyKvStore with the fault lost: the write happens and its call fails', async () => {
  const { kv, inner } = await faulty('lost');
  await expect(kv.atomicPut('a', '1', undefined)).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN' });
  expect(text((await inner.get('a')).value)).toBe('1');
});

test('[Q23] FaultyKvStore with the fault delayed: the answer comes after the answer of a newer call', async () => {
  const { kv } = await faulty('delayed');
  const order: string[] = [];
  const first = kv.put('a', '1').then(() => order.push('first'));
  await new Promise(setImmediate);
  await kv.put('a', '2').then(() => order.push('second'));
  await kv.settle();
  await first;
  expect(order).toEqual(['second', 'first']);
  expect(text((await kv.get('a')).value)).toBe('2');
});

test('[Q23] FaultyKvStore chooses the same faults for the same seed', async () => {
  const faultsOf = async (seed: number): Promise<readonly string[]> => {
    const faults: string[] = [];
    const rates = { refused: 0.2, late: 0.2, lost: 0.2 };
    const kv = new FaultyKvStore(await createStore('memory'), { seed, rates, onFault: (fault) => faults.push(fault) });
    for (let number = 0; number < 50; number++) {
      await kv.put('a', String(number)).catch((error: unknown) => {
        if (!isKvError(error)) throw error;
      });
    }
    await kv.close();
    return faults;
  };
  expect(await faultsOf(7)).toEqual(await faultsOf(7));
  expect(await faultsOf(7)).not.toEqual(await faultsOf(8));
  expect(new Set(await faultsOf(7)).size).toBe(3);
});

test('[Q58] FaultyKvStore refuses options and faults that it does not have', async () => {
  const kv = await createStore('memory');
  for (const options of [{ seed: 1, rates: {}, rate: 5 }, { seed: 1, rates: { lots: 0.5 } }, { seed: 1 }, undefined]) {
    expect(() => new FaultyKvStore(kv, options as never)).toThrow('ERR_KV_INVALID_ARGUMENT');
  }
});
