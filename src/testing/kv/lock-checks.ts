import assert from 'node:assert/strict';
import { election } from '../../kv/lock/election.ts';
import { hasCode, rejects, text } from './contract.ts';
import type { ContractContext } from './contract.ts';
import type { KvLeader } from '../../kv/lock/election.ts';

const ttl = 10_000;

/** Checks that one waiter at a time holds a lock, in the order of asking, with tokens that increase. */
export async function locking({ kv, other, folder }: ContractContext): Promise<void> {
  const key = `${folder}/lock`;
  const first = await kv.newLock(key, { value: 'first', ttl });
  const held = await first.lock();
  assert.deepEqual(
    (await other.list(key)).map(({ value }) => text(value)),
    ['first'],
  );
  await rejects(first.lock(), 'ERR_KV_CANNOT_LOCK');
  const order: number[] = [];
  const tokens = [held.token];
  let holders = 1;
  const waiting: Promise<void>[] = [];
  for (let number = 0; number < 20; number++) {
    const store = number % 2 === 0 ? kv : other;
    const lock = await store.newLock(key, { ttl });
    const next = (async () => {
      const { token, lost } = await lock.lock();
      holders++;
      assert.equal(holders, 1, 'two holders at once');
      order.push(number);
      tokens.push(token);
      await new Promise(setImmediate);
      assert.equal(lost.aborted, false);
      holders--;
      await lock.unlock();
    })();
    waiting.push(next);
    // The next one asks when this one is in the queue.
    while ((await kv.list(key, { keysOnly: true })).length < number + 2) await new Promise(setImmediate);
  }
  assert.equal(order.length, 0);
  // A waiter that leaves the queue does not hold up those behind it.
  const stop = new AbortController();
  const reason = new Error('enough');
  const left = assert.rejects(
    (await other.newLock(key, { ttl })).lock({ signal: stop.signal }),
    (error) => error === reason,
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  stop.abort(reason);
  await left;
  holders--;
  await first.unlock();
  await Promise.all(waiting);
  assert.deepEqual(order, [...order.keys()]);
  for (const [number, token] of tokens.entries()) assert.ok(number === 0 || token > (tokens[number - 1] as bigint));
  await rejects(first.unlock(), 'ERR_KV_CANNOT_LOCK');
  // The same object locks again.
  const again = await first.lock();
  assert.ok(again.token > (tokens.at(-1) as bigint));
  await first.unlock();
  await rejects(kv.newLock('a//b'), 'ERR_KV_INVALID_KEY');
  await rejects(kv.newLock(key, { ttl: 0 }), 'ERR_KV_INVALID_ARGUMENT');
  await rejects(kv.newLock(key, { value: 5 as unknown as string }), 'ERR_KV_INVALID_ARGUMENT');
}

/** Checks that a lost lock is told, that a late write of its holder is refused, and that the next one gets the lock. */
export async function losingLocks(context: ContractContext): Promise<void> {
  const { kv, other, folder } = context;
  const key = `${folder}/lock`;
  const put = [{ type: 'put' as const, key: `${folder}/by-holder`, value: 'x' }];
  // Somebody deletes the lock of a holder.
  const lock = await kv.newLock(key, { ttl: 1000 });
  const held = await lock.lock();
  await kv.transaction([held.condition], put);
  const waiter = await other.newLock(key, { ttl });
  const next = waiter.lock();
  const lost = new Promise((resolve) => held.lost.addEventListener('abort', resolve));
  await other.delete(held.condition.key);
  const taken = await next;
  assert.ok(taken.token > held.token);
  await rejects(kv.transaction([held.condition], put), 'ERR_KV_KEY_MODIFIED');
  await lost;
  assert.ok(hasCode('ERR_KV_KEY_MODIFIED')(held.lost.reason));
  await rejects(lock.unlock(), 'ERR_KV_CANNOT_LOCK');
  await kv.transaction([taken.condition], put);
  await waiter.unlock();
  // The ticket of a holder that does not renew expires.
  const late = await kv.newLock(`${folder}/expiring`, { ttl });
  await other.put(`${folder}/expiring/of-a-dead-holder`, 'x', { ttl: 1000 });
  assert.equal((await late.lock()).lost.aborted, false);
  // A waiter whose ticket is deleted is told.
  const robbed = (await other.newLock(`${folder}/expiring`, { ttl })).lock();
  const refused = rejects(robbed, 'ERR_KV_CANNOT_LOCK');
  let tickets = await kv.list(`${folder}/expiring`);
  while (tickets.length < 2) {
    await new Promise(setImmediate);
    tickets = await kv.list(`${folder}/expiring`);
  }
  await kv.delete(tickets.reduce((a, b) => (a.lastIndex > b.lastIndex ? a : b)).key);
  await refused;
  await late.unlock();
}

/** Checks that candidates lead one after the other, and that everybody can observe who leads. */
export async function electing({ kv, other, folder }: ContractContext): Promise<void> {
  const key = `${folder}/leader`;
  const [one, two] = [election(kv, key, { value: 'one', ttl }), election(other, key, { value: 'two', ttl })];
  const leaders = one.observe()[Symbol.asyncIterator]();
  const next = async (): Promise<KvLeader | undefined> => (await leaders.next()).value as KvLeader | undefined;
  assert.equal(await next(), undefined);
  const first = await one.campaign();
  assert.deepEqual(await next(), { value: new TextEncoder().encode('one'), token: first.token });
  const second = two.campaign();
  await rejects(two.resign(), 'ERR_KV_CANNOT_LOCK');
  await one.resign();
  const term = await second;
  assert.ok(term.token > first.token);
  let leader = await next();
  while (leader?.token !== term.token) leader = await next();
  assert.equal(text(leader.value), 'two');
  await rejects(kv.transaction([first.condition], []), 'ERR_KV_KEY_MODIFIED');
  await two.resign();
  while (leader !== undefined) leader = await next();
  await leaders.return?.();
}
