import { bytesToBase64 } from '../../base/host/bytes.ts';
import type { KvPair, KvPairJson, KvStoredPair } from '../api/calls.ts';

const utf8 = new TextDecoder();

/** A pair as a store gives it: what the driver read, with ways to look at the value. */
export class Pair implements KvStoredPair {
  readonly key: string;
  readonly value: Uint8Array;
  readonly lastIndex: bigint;

  constructor({ key, value, lastIndex }: KvPair) {
    this.key = key;
    this.value = value;
    this.lastIndex = lastIndex;
  }

  text(): string {
    return utf8.decode(this.value);
  }

  json(): unknown {
    return JSON.parse(this.text()) as unknown;
  }

  toJSON(): KvPairJson {
    return { key: this.key, value: bytesToBase64(this.value), lastIndex: String(this.lastIndex) };
  }
}

/** The pair of a driver, undefined where there is none. */
export function stored(pair: KvPair | undefined): Pair | undefined {
  return pair === undefined ? undefined : new Pair(pair);
}
