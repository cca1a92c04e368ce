import type { Duration } from '../generated/google/protobuf/duration.ts';

const largestNanoseconds = 2n ** 63n - 1n;

/** Why Go's time.Duration (64 bits of nanoseconds) cannot hold a duration, undefined when it can. */
export function goDurationProblem({ seconds, nanos }: Duration): string | undefined {
  if (Math.abs(nanos) > 999_999_999) return `has ${nanos} nanos (more than a second)`;
  if ((seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0)) return 'has seconds and nanos of different signs';
  // Far from the limit no exact arithmetic is needed.
  if (seconds > -9_000_000_000 && seconds < 9_000_000_000) return undefined;
  const nanoseconds = BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
  return nanoseconds > largestNanoseconds || nanoseconds < -largestNanoseconds - 1n
    ? 'is longer than 292 years'
    : undefined;
}
