import { InvalidAnswer } from '../connection/failure.ts';
import { parsed } from './head.ts';
import type { Entry } from './entry.ts';

/** A change of a write. A change without `value` and `isLarge` is a delete. */
export interface LoggedChange {
  readonly key: string;
  readonly value?: Uint8Array | undefined;
  /** True for a value that is not in the record: it is read from its key, while that has it. */
  readonly isLarge?: boolean | undefined;
}

/** The changes of one write, as the history keeps them. */
export interface LogRecord {
  readonly id: string;
  /** The id of the write before. */
  readonly previous: string;
  /** Undefined for a write with more changes than a record can have. */
  readonly changes: readonly LoggedChange[] | undefined;
}

/** Values up to this size are in the record, and this many bytes of all values of it. */
const largestValue = 16 * 1024;
const mostBytes = 32 * 1024;

/** The text of a record. `values` false leaves all values at their keys. */
export function recordText({ id, previous, changes }: LogRecord, values: boolean): string {
  let left = values ? mostBytes : 0;
  const told = changes?.map(({ key, value, isLarge }) => {
    if (value === undefined) return isLarge === true ? { key, large: true } : { key };
    if (value.byteLength > Math.min(left, largestValue)) return { key, large: true };
    left -= value.byteLength;
    return { key, value: Buffer.from(value).toString('base64') };
  });
  return JSON.stringify({ id, previous, changes: told });
}

/** Throws {@link InvalidAnswer} for a record that no store wrote. */
export function recordOf(entry: Entry): LogRecord {
  const { id, previous, changes } = parsed(entry) as Readonly<Record<string, unknown>>;
  const isValid = typeof id === 'string' && typeof previous === 'string';
  if (!isValid || (changes !== undefined && !Array.isArray(changes)))
    throw new InvalidAnswer(`a record ${entry.name} that no store wrote`);
  return {
    id,
    previous,
    changes: (changes as { key: string; value?: string; large?: boolean }[] | undefined)?.map((change) => ({
      key: change.key,
      value: change.value === undefined ? undefined : Uint8Array.from(Buffer.from(change.value, 'base64')),
      isLarge: change.large === true,
    })),
  };
}
