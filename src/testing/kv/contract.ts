import assert from 'node:assert/strict';
import { isKvError } from '../../errors/kv-error.ts';
import type { KvErrorCode } from '../../errors/kv-error.ts';
import type { KvStore } from '../../kv/api/kv-store.ts';

/** What the checks work on: a store of the backend under test, and a folder of keys in it that nobody else uses. */
export interface ContractContext {
  readonly kv: KvStore;
  /** A second connection to the same data; the same store where a backend has no such thing. */
  readonly other: KvStore;
  /** A prefix of one or more segments. */
  readonly folder: string;
  /** Opens one more store of that backend, with the same data or without; the check closes it. */
  open(): Promise<KvStore>;
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : new TextDecoder().decode(value);
}

/** For `assert.rejects` and `assert.throws`: that an error has a code. */
export function hasCode(code: KvErrorCode): (error: unknown) => true {
  return (error) => {
    assert.ok(isKvError(error, code), `expected ${code}, got ${String(error)}`);
    return true;
  };
}

/** That a call rejects with a code. */
export async function rejects(call: Promise<unknown>, code: KvErrorCode): Promise<void> {
  await assert.rejects(call, hasCode(code));
}

/** How a call ends. */
export function outcomeOf<T>(call: Promise<T>): Promise<{ readonly value: T } | { readonly error: unknown }> {
  return call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

/** Reads until `wanted`, and gives what was read, the wanted one last. */
export async function until<T>(items: AsyncIterator<T>, wanted: (item: T) => boolean): Promise<readonly T[]> {
  const read: T[] = [];
  for (;;) {
    const next = await items.next();
    assert.ok(
      next.done !== true,
      `the iteration ended after ${JSON.stringify(read, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))}`,
    );
    read.push(next.value);
    if (wanted(next.value)) return read;
  }
}
