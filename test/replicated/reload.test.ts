import { expect, test } from '@jest/globals';
import { systemClock } from '../../src/base/clock.ts';
import { Reloader } from '../../src/replicated/contents/reload.ts';
import type { ReloadParts } from '../../src/replicated/contents/reload.ts';

/** A reload whose newest snapshot is of slot 5, and whose member moves to slot `later` while the guard is read. */
function reload(position: number, later: number): { readonly reloader: Reloader; readonly refusals: unknown[] } {
  const refusals: unknown[] = [];
  const taker = {
    position: { slot: position },
    stopped: undefined as unknown,
    pending: undefined,
    place: (slot: number) => `log/${slot}`,
    stop: (error: unknown) => {
      taker.stopped = { error };
      refusals.push(error);
    },
  };
  const parts = {
    env: { clock: systemClock, idle: systemClock, random: (size: number) => new Uint8Array(size) },
    taker,
    availability: { succeeded: () => undefined, failed: () => undefined },
    snapshots: { pointer: () => Promise.resolve({ snapshot: { slot: 5, id: 's5' } }) },
    readGuard: () => {
      taker.position.slot = later;
      return Promise.resolve();
    },
    found: () => undefined,
    placed: () => undefined,
  };
  return { reloader: new Reloader(parts as unknown as ReloadParts), refusals };
}

test('[J56] a member that got the missing entries in another way, while it loads, goes on', async () => {
  const { reloader, refusals } = reload(3, 9);
  await reloader.load();
  expect(refusals).toEqual([]);
  expect(reloader.isLoading()).toBe(false);
});

test('[J56] a missing entry with no snapshot behind it stops the member', async () => {
  const { reloader, refusals } = reload(7, 7);
  await reloader.load();
  expect(refusals).toEqual([expect.objectContaining({ code: 'ERR_LOG_REFUSED', reason: 'corrupt' })]);
});
