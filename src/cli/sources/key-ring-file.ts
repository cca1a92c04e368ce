import { readFileSync } from 'node:fs';
import type { KeyRing } from '../../replicated/log/key-ring.ts';
import { usage } from '../terminal/failure.ts';

/** Reads the keys of an encrypted log: JSON as `{ "current": "k1", "keys": { "k1": "base64 of 32 bytes" } }`. */
export function readKeyRing(path: string): KeyRing {
  const text = readFileSync(path, 'utf8');
  const wrong = (): Error =>
    usage(`${path} has no keys; it is JSON as { "current": "k1", "keys": { "k1": "32 bytes as base64" } }`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The text may have keys in it: the error does not quote it.
    throw wrong();
  }
  const { current, keys } = (value ?? {}) as { readonly current?: unknown; readonly keys?: unknown };
  if (typeof current !== 'string' || typeof keys !== 'object' || keys === null) throw wrong();
  const decoded = Object.entries(keys).map(([name, key]: [string, unknown]): [string, Uint8Array] => {
    if (typeof key !== 'string') throw wrong();
    return [name, new Uint8Array(Buffer.from(key, 'base64'))];
  });
  return { current, keys: Object.fromEntries(decoded) };
}
