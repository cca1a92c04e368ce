import { systemClock } from 'swarmstate/cache';
import type { Clock } from 'swarmstate/cache';

/** A clock that can stand still. */
export interface PausableClock extends Clock {
  readonly paused: boolean;
  pause(): void;
  resume(): void;
}

/** A call that is due at a time of the clock. */
interface Call {
  readonly time: number;
  readonly callback: () => void;
  /** Stops the timer of the call; nothing while the clock stands still. */
  cancel: () => void;
}

const nothing = (): void => undefined;

/**
 * A clock that starts at `start`, in whole milliseconds since 1970, and runs `speed` times as fast as real time. With a
 * speed above 1, a run of a few seconds shows the restart delays and monitoring periods of a Compose file. While the
 * clock is paused, its time stands still and no call is due.
 */
export function startClock(start: number, speed: number): PausableClock {
  const calls = new Set<Call>();
  let base = start;
  let origin = systemClock.now();
  let paused = false;
  const now = (): number => (paused ? base : base + (systemClock.now() - origin) * speed);
  const arm = (call: Call): void => {
    call.cancel = systemClock.callAt(Math.ceil(origin + (call.time - base) / speed), () => {
      calls.delete(call);
      call.callback();
    });
  };
  return {
    now,
    callAt(time, callback) {
      const call: Call = { time, callback, cancel: nothing };
      calls.add(call);
      if (!paused) arm(call);
      return () => {
        calls.delete(call);
        call.cancel();
      };
    },
    get paused() {
      return paused;
    },
    pause() {
      base = now();
      paused = true;
      for (const call of calls) {
        call.cancel();
        call.cancel = nothing;
      }
    },
    resume() {
      if (!paused) return;
      paused = false;
      origin = systemClock.now();
      for (const call of calls) arm(call);
    },
  };
}
