import { systemClock } from 'swarmstate/cache';
import type { Clock } from 'swarmstate/cache';

/**
 * A clock that starts at `start`, in whole milliseconds since 1970, and runs `speed` times as fast as real time. With a
 * speed above 1, a run of a few seconds shows the restart delays and monitoring periods of a Compose file.
 */
export function startClock(start: number, speed: number): Clock {
  const origin = systemClock.now();
  return {
    now: () => start + (systemClock.now() - origin) * speed,
    callAt: (time, callback) => systemClock.callAt(Math.ceil(origin + (time - start) / speed), callback),
  };
}
