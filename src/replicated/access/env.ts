import { randomBytes } from 'node:crypto';
import { onAbort } from '../../base/async/on-abort.ts';
import { backgroundClock, systemClock } from '../../base/clock.ts';
import type { Clock } from '../../base/clock.ts';

/**
 * Time and randomness of a member. A replicated store has no other clocks, timers and random numbers, so a simulation
 * can drive all of it.
 */
export interface Env {
  /** The clock of work that is under way. Its timers keep the process alive. */
  readonly clock: Clock;
  /** The clock of polls and of other work that waits for nothing. Its timers do not keep the process alive. */
  readonly idle: Clock;
  /** So many random bytes. */
  random(size: number): Uint8Array;
}

/** The computer's clock and its cryptographic randomness. */
export const systemEnv: Env = {
  clock: systemClock,
  idle: backgroundClock,
  random: (size) => randomBytes(size),
};

/** Resolves after some milliseconds, or as soon as the signal aborts. */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const end = (): void => {
      cancel();
      forget?.();
      resolve();
    };
    const cancel = clock.callAt(clock.now() + milliseconds, end);
    const forget = signal === undefined ? undefined : onAbort(signal, end);
  });
}

/** A new name of a writer: 128 random bits. */
export function newIncarnation(env: Env): string {
  return Buffer.from(env.random(16)).toString('hex');
}
