import type { Duration, Timestamp } from 'swarmstate/proto';

/** Converts milliseconds since 1970 to a stored time. */
export function timestamp(milliseconds: number): { readonly seconds: number; readonly nanos: number } {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanos: Math.round((milliseconds - seconds * 1000) * 1e6) };
}

/** Converts a stored time to milliseconds since 1970; 0 where there is none. */
export function milliseconds(time: Timestamp | undefined): number {
  return time === undefined ? 0 : time.seconds * 1000 + time.nanos / 1e6;
}

/** Converts milliseconds to a stored duration. */
export function duration(span: number): { readonly seconds: number; readonly nanos: number } {
  const seconds = Math.trunc(span / 1000);
  return { seconds, nanos: Math.round((span - seconds * 1000) * 1e6) };
}

/** Converts a stored duration to milliseconds; `fallback` where there is none. */
export function spanOf(stored: Duration | undefined, fallback: number): number {
  return stored === undefined ? fallback : stored.seconds * 1000 + stored.nanos / 1e6;
}
