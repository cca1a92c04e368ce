import assert from 'node:assert/strict';
import { isKvError } from '../../errors/kv-error.ts';
import type { KvErrorCode } from '../../errors/kv-error.ts';
import type { KvStore } from '../../kv/api/kv-store.ts';

/** The input of a check: a store of the backend under test, and a folder of keys that only this check uses. */
export interface ContractContext {
  readonly kv: KvStore;
  /** A second connection to the same data. Pass `kv` again for a backend that has only one. */
  readonly other: KvStore;
  /** A prefix of one or more segments. */
  readonly folder: string;
  /** Opens one more store of the backend, on the same or on other data. The check closes it. */
  open(): Promise<KvStore>;
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : new TextDecoder().decode(value);
}

/** A validation for `assert.rejects` and `assert.throws`: the error must have the code. */
export function hasCode(code: KvErrorCode): (error: unknown) => true {
  return (error) => {
    assert.ok(isKvError(error, code), `expected ${code}, got ${String(error)}`);
    return true;
  };
}

/** Asserts that a call rejects with the code. */
export async function rejects(call: Promise<unknown>, code: KvErrorCode): Promise<void> {
  await assert.rejects(call, hasCode(code));
}

/** The value or the error that a call ends with; never rejects. */
export function outcomeOf<T>(call: Promise<T>): Promise<{ readonly value: T } | { readonly error: unknown }> {
  return call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

/** Reads items up to the first that is `wanted`. Returns all of them, the wanted one last. */
export async function until<T>(items: AsyncIterator<T>, wanted: (item: T) => boolean): Promise<readonly T[]> {
  const read: T[] = [];
  for (;;) {
    const next = await items.next();
    assert.ok(next.done !== true, `the iteration ended after ${JSON.stringify(read, withBigints)}`);
    read.push(next.value);
    if (wanted(next.value)) return read;
  }
}

function withBigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}
