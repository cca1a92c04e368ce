import { InvalidAnswer } from '../connection/failure.ts';
import type { Entry } from './entry.ts';

/** A transaction that has more parts than fit beside the head: the head is closed while it is written. */
export interface LargeWrite {
  readonly number: number;
  /** The id of its record. */
  readonly id: string;
  /** The name of a key that the transaction writes. */
  readonly witness: string;
}

/** The record that every write of a store replaces: it puts the writes into one order. */
export interface Head {
  /** The number of the last write; 0 before the first one. */
  readonly number: number;
  /** A random name of that write. Another one with that number means another history. */
  readonly id: string;
  /** Consul's number of the record; 0 where there is none. */
  readonly modifyIndex: number;
  readonly large: LargeWrite | undefined;
}

const noHead: Head = { number: 0, id: '', modifyIndex: 0, large: undefined };

export function headText({ number, id, large }: Omit<Head, 'modifyIndex'>): string {
  return JSON.stringify({ format: 1, number, id, large });
}

/** Throws {@link InvalidAnswer} for a record that no store wrote. */
export function headOf(entry: Entry | undefined): Head {
  if (entry === undefined) return noHead;
  const { format, number, id, large } = parsed(entry) as {
    readonly format?: unknown;
    readonly number?: unknown;
    readonly id?: unknown;
    readonly large?: Partial<Record<keyof LargeWrite, unknown>>;
  };
  if (format !== 1 || !Number.isSafeInteger(number) || typeof id !== 'string')
    throw new InvalidAnswer(`a record ${entry.name} of another format`);
  return { number: number as number, id, modifyIndex: entry.modifyIndex, large: large as LargeWrite | undefined };
}

export function newId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(9))).toString('base64url');
}

/** Throws {@link InvalidAnswer}. */
export function parsed({ name, value }: Entry): object {
  try {
    const given: unknown = JSON.parse(value.toString());
    if (typeof given === 'object' && given !== null) return given;
  } catch {
    // Told below.
  }
  throw new InvalidAnswer(`a record ${name} that no store wrote`);
}
