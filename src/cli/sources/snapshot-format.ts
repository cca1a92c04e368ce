import { Snapshot, StoreSnapshot } from '../../wire/generated/snapshot.ts';
import { isSeal, SEAL_BYTES } from '../../wire/snapshot/seal.ts';
import type { JsonValue } from '../../wire/values/types.ts';
import { CliError, ExitCode } from '../terminal/failure.ts';

/** True when the bytes end with a seal, as our own files do. */
export function hasSeal(bytes: Uint8Array): boolean {
  return bytes.length >= SEAL_BYTES && isSeal(bytes, bytes.length - SEAL_BYTES, bytes.length);
}

/** Contents, and whether they came as text. */
export interface ReadContents {
  readonly contents: StoreSnapshot;
  readonly text: boolean;
}

/**
 * The contents in the bytes of a snapshot without a seal. The bytes are the contents alone, swarmkit's `Snapshot` with
 * the members of the swarm around them, JSON, or YAML.
 *
 * Both messages have lists behind the same small field numbers. Fields that a message does not have are dropped by its
 * decoder. So the right message is the one that has as many bytes when it is encoded again.
 */
export async function contentsOf(name: string, bytes: Uint8Array): Promise<ReadContents> {
  if (bytes.length === 0) throw unreadable(name, 'is empty', undefined);
  const faults: unknown[] = [];
  const readings = [
    (): readonly [StoreSnapshot, number] => {
      const contents = StoreSnapshot.decode(bytes);
      return [contents, StoreSnapshot.encode(contents).length];
    },
    (): readonly [StoreSnapshot, number] => {
      const snapshot = Snapshot.decode(bytes);
      return [snapshot.store, Snapshot.encode(snapshot).length];
    },
  ];
  if (!looksLikeText(bytes)) {
    let best: { readonly contents: StoreSnapshot; readonly lost: number } | undefined;
    for (const read of readings) {
      try {
        const [contents, length] = read();
        const lost = Math.abs(bytes.length - length);
        if (best === undefined || lost < best.lost) best = { contents, lost };
      } catch (error) {
        faults.push(error);
      }
    }
    if (best !== undefined) return { contents: best.contents, text: false };
    throw unreadable(name, `is no snapshot: ${(faults[0] as Error).message}`, faults[0]);
  }
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  try {
    const value = (
      text.trimStart().startsWith('{') ? JSON.parse(text) : (await import('./yaml-value.ts')).yamlValue(text)
    ) as JsonValue;
    return { contents: StoreSnapshot.fromJson(value), text: true };
  } catch (error) {
    throw unreadable(name, `has no contents of a store: ${(error as Error).message}`, error);
  }
}

/** Messages begin with the tag of a field, a byte that no text of ours begins with, or have one soon after. */
function looksLikeText(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, 4096);
  return start.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d) && isUtf8(bytes);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function unreadable(name: string, what: string, cause: unknown): CliError {
  return new CliError(ExitCode.SOURCE, `${name} ${what}`, { cause });
}
