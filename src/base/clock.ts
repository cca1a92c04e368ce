/** The time that helpers go by. Give them one that a test turns by hand, or that runs faster than the wall clock. */
export interface Clock {
  /** Milliseconds since some beginning; never less than before. */
  now(): number;
  /**
   * Calls `callback` once, not before `time`, and never before `callAt` has returned. The function that it returns
   * takes that back.
   */
  callAt(time: number, callback: () => void): () => void;
}

/** Longer waits are cut in pieces: beyond this, `setTimeout` calls back at once. */
const longestTimeout = 2 ** 31 - 1;

/**
 * The computer's clock: whole milliseconds since 1970. It never runs backwards, also when somebody sets the time back.
 */
export const systemClock: Clock = {
  now: () => Math.floor(performance.timeOrigin + performance.now()),
  callAt(time, callback) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      timer = setTimeout(check, Math.min(longestTimeout, Math.max(0, time - systemClock.now())));
    };
    // A timer may be a little early.
    const check = (): void => {
      if (systemClock.now() < time) arm();
      else callback();
    };
    arm();
    return () => {
      clearTimeout(timer);
    };
  },
};

/** An instant, as the wire's timestamps have it. */
export interface Instant {
  /** Whole seconds since 1970. */
  readonly seconds: number;
  readonly nanos: number;
}

/** The system's clock as instants, in microseconds or better. It never runs backwards. */
export function systemInstants(): () => Instant {
  let latest = 0;
  return () => {
    // Milliseconds since 1970; the fraction is exact to about a quarter of a microsecond.
    latest = Math.max(latest, performance.timeOrigin + performance.now());
    const seconds = Math.floor(latest / 1000);
    return { seconds, nanos: Math.min(999_999_999, Math.floor((latest - seconds * 1000) * 1e6)) };
  };
}
