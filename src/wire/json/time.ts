import type { InputWalk } from '../input/input-walk.ts';
import type { Int64 } from '../values/types.ts';

interface Time {
  readonly seconds: Int64;
  readonly nanos: number;
}

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, the first and the last second of RFC 3339. */
const firstSecond = -62_135_596_800;
const lastSecond = 253_402_300_799;
/** About 10,000 years, the longest duration of protobuf. */
const longestSeconds = 315_576_000_000;
const rfc3339 = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/;

export function timestampToJson(message: object, walk: InputWalk): string {
  const { seconds, nanos } = message as Time;
  if (seconds < firstSecond || seconds > lastSecond || nanos < 0 || nanos > 999_999_999) {
    walk.fail('a time that RFC 3339 cannot express: years 1 to 9999, and nanos from 0 to 999,999,999.');
  }
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}${fraction(nanos)}Z`;
}

export function timestampFromJson(json: unknown, walk: InputWalk): Time {
  const match = typeof json === 'string' ? rfc3339.exec(json) : null;
  if (match === null) walk.refuse('a time as in RFC 3339', json);
  const [, date, time, digits, sign, hours, minutes] = match;
  const utc = Date.parse(`${date}T${time}Z`) / 1000;
  const offset = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * 60;
  const seconds = sign === '-' ? utc + offset : utc - offset;
  // Date.parse rolls 30 February over instead of refusing it.
  const exists = Number.isFinite(utc) && new Date(utc * 1000).toISOString().startsWith(`${date}T${time}`);
  const inRange =
    seconds >= firstSecond && seconds <= lastSecond && Number(hours ?? 0) < 24 && Number(minutes ?? 0) < 60;
  if (!exists || !inRange) walk.refuse('a time that exists, in the years 1 to 9999', json);
  return { seconds, nanos: nanosOf(digits) };
}

export function durationToJson(message: object, walk: InputWalk): string {
  const { seconds, nanos } = message as Time;
  const signsDiffer = (seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0);
  if (signsDiffer || Math.abs(nanos) > 999_999_999 || seconds > longestSeconds || seconds < -longestSeconds) {
    walk.fail(
      'a duration that JSON cannot express: ' +
        'up to 10,000 years, seconds and nanos of one sign, less than a second of nanos.',
    );
  }
  const sign = seconds < 0 || nanos < 0 ? '-' : '';
  return `${sign}${Math.abs(Number(seconds))}${fraction(Math.abs(nanos))}s`;
}

export function durationFromJson(json: unknown, walk: InputWalk): Time {
  const match = typeof json === 'string' ? /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(json) : null;
  if (match === null) walk.refuse('a duration in seconds, such as "1.5s"', json);
  const [, minus, whole, digits] = match;
  const seconds = Number(whole);
  if (seconds > longestSeconds) walk.refuse('a duration of up to 10,000 years', json);
  const sign = minus === '-' ? -1 : 1;
  return { seconds: sign * seconds, nanos: sign * nanosOf(digits) };
}

/** The fraction of a second with zero, three, six or nine digits: the fewest that are exact. */
function fraction(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(9, '0');
  return `.${digits.replace(/(?:000){1,2}$/, '')}`;
}

function nanosOf(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.padEnd(9, '0'));
}
