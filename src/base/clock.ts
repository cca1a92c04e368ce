import { background } from './host/background-timer.ts';

/**
 * A source of time. Tests give one that they advance by hand; a simulation gives one that runs faster than real time.
 */
export interface Clock {
  /** Milliseconds since a fixed moment; never less than before. */
  now(): number;
  /**
   * Calls `callback` once, at `time` or later, and never before `callAt` has returned. Returns the function that
   * cancels the call.
   */
  callAt(time: number, callback: () => void): () => void;
}

/** The longest delay of `setTimeout`, which calls back at once for a longer one. Longer waits take several timers. */
const longestTimeout = 2 ** 31 - 1;

/**
 * The computer's clock: whole milliseconds since 1970. It never runs backwards, even when the system time is set back.
 * `callAt` throws a `RangeError` for a time that is NaN. A time of `Infinity` never comes.
 */
export const systemClock: Clock = {
  now: () => Math.floor(performance.timeOrigin + performance.now()),
  callAt: (time, callback) => callAt(time, callback, (timer) => timer),
};

/** {@link systemClock}, with pending calls that do not keep the process alive. */
export const backgroundClock: Clock = {
  now: () => systemClock.now(),
  callAt: (time, callback) => callAt(time, callback, background),
};

type Timer = ReturnType<typeof setTimeout>;

function callAt(time: number, callback: () => void, kept: (timer: Timer) => Timer): () => void {
  if (Number.isNaN(time)) throw new RangeError('callAt takes a time in milliseconds, not NaN');
  let timer: Timer;
  const arm = (): void => {
    timer = kept(setTimeout(check, Math.min(longestTimeout, Math.max(0, time - systemClock.now()))));
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
}

/** True for an object with the functions of a clock, whose time is a number. */
export function isClock(value: unknown): value is Clock {
  const clock = value as Partial<Clock> | null | undefined;
  if (typeof clock?.now !== 'function' || typeof clock.callAt !== 'function') return false;
  const now: unknown = clock.now();
  return typeof now === 'number' && !Number.isNaN(now);
}

/**
 * The time of a clock, made to rise: a reading that is NaN, or less than the one before, counts as the one before. So a
 * faulty clock stops its users' time, and breaks nothing.
 */
export function risingTime(clock: Clock): () => number {
  let latest = -Infinity;
  return () => {
    const now = clock.now();
    if (now > latest) latest = now;
    return latest;
  };
}

/** An instant, in the form of protobuf's timestamps. */
export interface Instant {
  /** Whole seconds since 1970. */
  readonly seconds: number;
  readonly nanos: number;
}

/** Returns a clock of instants, with a resolution of a microsecond or better. It never runs backwards. */
export function systemInstants(): () => Instant {
  let latest = 0;
  return () => {
    // Milliseconds since 1970; the fraction is exact to about a quarter of a microsecond.
    latest = Math.max(latest, performance.timeOrigin + performance.now());
    const seconds = Math.floor(latest / 1000);
    return { seconds, nanos: Math.min(999_999_999, Math.floor((latest - seconds * 1000) * 1e6)) };
  };
}
