import type { Timestamp } from '../../wire/generated/google/protobuf/timestamp.ts';

/** Milliseconds since 1970. */
export function millisecondsOf(time: Timestamp): number {
  return time.seconds * 1000 + time.nanos / 1e6;
}
