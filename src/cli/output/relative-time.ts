import type { Int64 } from '../../wire/values/types.ts';

/** The units of an age, each with its seconds: the largest that fits at least twice, or once for seconds. */
const units: readonly (readonly [seconds: number, name: string])[] = [
  [365 * 86_400, 'y'],
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
  [1, 's'],
];

/** A `Timestamp`. Seconds beyond 2^53 are a bigint. */
interface Time {
  readonly seconds: Int64;
  readonly nanos: number;
}

/** `3m ago` for a time before `now`, which is in milliseconds; empty for a missing time. */
export function relativeTime(now: number, time: Time | undefined): string {
  if (time === undefined || (Number(time.seconds) === 0 && time.nanos === 0)) return '';
  const seconds = Math.round(now / 1000 - Number(time.seconds));
  if (seconds === 0) return 'now';
  const age = Math.abs(seconds);
  const [size, name] = units.find(([each, unit]) => age >= 2 * each || unit === 's') ?? [1, 's'];
  const text = `${String(Math.floor(age / size))}${name}`;
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}
