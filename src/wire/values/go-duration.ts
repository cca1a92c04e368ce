/** The canonical form of `google.protobuf.Duration`, which the generated code declares. */
export interface DurationValue {
  /** A bigint beyond 2^53. */
  readonly seconds: number;
  readonly nanos: number;
}

const largestNanoseconds = 2n ** 63n - 1n;

/** The reason why Go's `time.Duration` (64 bits of nanoseconds) cannot hold a duration; undefined when it can. */
export function goDurationProblem({ seconds, nanos }: DurationValue): string | undefined {
  if (Math.abs(nanos) > 999_999_999) return `has ${nanos} nanos (more than a second)`;
  if ((seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0)) return 'has seconds and nanos of different signs';
  // Between these bounds, far from the limit of 9,223,372,036 seconds, no exact arithmetic is needed.
  if (seconds > -9_000_000_000 && seconds < 9_000_000_000) return undefined;
  const nanoseconds = BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
  return nanoseconds > largestNanoseconds || nanoseconds < -largestNanoseconds - 1n
    ? 'is longer than 292 years'
    : undefined;
}
