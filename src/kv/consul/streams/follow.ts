import { pause } from '../../../base/async/pause.ts';
import { isKvError } from '../../../errors/kv-error.ts';
import { failureOf } from '../connection/failure.ts';
import { readNames, readTree } from '../reading/snapshots.ts';
import { storedPairs } from '../reading/selected.ts';
import { isAborted } from './is-aborted.ts';
import { News } from './news.ts';
import type { DriverStep, DriverTarget } from '../../backend/driver.ts';
import type { KvPair } from '../../api/calls.ts';
import type { ConsulContext } from '../protocol/context.ts';
import type { Sweep } from '../reading/selected.ts';
import type { ConsulPulse } from './pulse.ts';

/** Gives the state of a target, and gives the state again after each change. */
export async function* followConsul(
  context: ConsulContext,
  pulse: ConsulPulse,
  sweep: Sweep,
  target: DriverTarget,
  signal: AbortSignal,
): AsyncGenerator<DriverStep, void> {
  const news = new News(pulse, target, signal);
  try {
    let isFirst = true;
    let told = '';
    while (!signal.aborted) {
      const state = await repeated(context, signal, () => readState(context, sweep, target, signal));
      if (state === undefined) return;
      const now = state.map(({ key, lastIndex }) => `${key} ${lastIndex}`).join();
      if (isFirst || now !== told) yield { state };
      isFirst = false;
      told = now;
      await news.next(signal);
    }
  } finally {
    news.close();
  }
}

async function readState(
  context: ConsulContext,
  sweep: Sweep,
  target: DriverTarget,
  signal: AbortSignal,
): Promise<readonly KvPair[]> {
  const { keyspace, isReadOnly } = context;
  const { key, prefix = '' } = target;
  for (;;) {
    const call = { stale: false, signal };
    const snapshot =
      key === undefined
        ? await readTree(context, keyspace.nameOf(prefix), call)
        : await readNames(context, [keyspace.nameOf(key)], call);
    const range = { prefix, after: undefined, before: undefined };
    const { pairs, expired } = storedPairs(context, range, snapshot);
    if (expired.length === 0 || isReadOnly) return pairs;
    await sweep(expired);
  }
}

/** Repeats a read of a stream for `reconnectMs` while no server answers. Undefined when the signal aborts. */
export async function repeated<T>(
  { reconnectMs }: ConsulContext,
  signal: AbortSignal,
  read: () => Promise<T>,
): Promise<T | undefined> {
  const began = performance.now();
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (isAborted(signal)) return undefined;
      const problem = failureOf(error, 'read');
      if (!isKvError(problem, 'ERR_KV_NOT_REACHABLE') || performance.now() - began >= reconnectMs) throw problem;
    }
    await pause(50, signal);
    if (isAborted(signal)) return undefined;
  }
}
