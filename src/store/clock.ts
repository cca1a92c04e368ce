/** An instant, as the wire's timestamps have it. */
export interface Instant {
  /** Whole seconds since 1970. */
  readonly seconds: number;
  readonly nanos: number;
}

/** The system's clock, in microseconds or better, made to never run backwards. */
export function systemClock(): () => Instant {
  let latest = 0;
  return () => {
    // Milliseconds since 1970; its fraction is good for about a quarter of a microsecond.
    latest = Math.max(latest, performance.timeOrigin + performance.now());
    const seconds = Math.floor(latest / 1000);
    return { seconds, nanos: Math.min(999_999_999, Math.floor((latest - seconds * 1000) * 1e6)) };
  };
}
