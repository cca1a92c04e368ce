/**
 * The time that loops go by. They never ask the computer: a test gives them a clock that it turns by hand, and the demo one that runs faster
 * than the wall clock.
 */
export interface Clock {
  /** Milliseconds since 1970, whole ones. */
  now(): number;
  /** Calls `callback` once, not before `time`. The function that it returns takes that back. */
  callAt(time: number, callback: () => void): () => void;
}

/** Longer waits are cut in pieces: beyond this, `setTimeout` calls back at once. */
const longestTimeout = 2 ** 31 - 1;

/**
 * A clock that starts at `start` and runs `speed` times as fast as the wall clock. With a speed above 1, restart delays and monitoring periods that a
 * Compose file states in seconds can be watched in a run of seconds.
 */
export function startClock(start: number, speed: number): Clock {
  const origin = performance.now();
  const now = (): number => Math.floor(start + (performance.now() - origin) * speed);
  const callAt = (time: number, callback: () => void): (() => void) => {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const wait = Math.ceil((time - now()) / speed);
      timer = wait > longestTimeout ? setTimeout(arm, longestTimeout) : setTimeout(callback, Math.max(0, wait));
    };
    arm();
    return () => clearTimeout(timer);
  };
  return { now, callAt };
}
