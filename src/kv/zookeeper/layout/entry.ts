/** The change of a key by a write. A put without a value is of a large value, which the node of the key has. */
export type EntryChange =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array | undefined }
  | { readonly type: 'delete'; readonly key: string };

/** The most bytes of values in an entry. The values of larger writes are not in it. */
const valuesBytes = 8192;

const kinds = { delete: 0, value: 1, noValue: 2 } as const;

/**
 * The data of an entry: a kind, a key and a value for each change. A key is the number of bytes that it shares with the
 * key before, and the rest. Numbers are varints.
 */
export function entryData(changes: readonly EntryChange[]): Buffer {
  const size = changes.reduce((sum, change) => sum + (change.type === 'put' ? (change.value?.byteLength ?? 0) : 0), 0);
  const parts: Uint8Array[] = [];
  let before: Buffer = Buffer.alloc(0);
  for (const change of changes) {
    const key = Buffer.from(change.key);
    let shared = 0;
    while (shared < key.length && shared < before.length && key[shared] === before[shared]) shared++;
    const value = change.type === 'put' && size <= valuesBytes ? change.value : undefined;
    const kind = change.type === 'delete' ? kinds.delete : value === undefined ? kinds.noValue : kinds.value;
    parts.push(Buffer.of(kind), varint(shared), varint(key.length - shared), key.subarray(shared));
    if (value !== undefined) parts.push(varint(value.byteLength), value);
    before = key;
  }
  return Buffer.concat(parts);
}

/** Throws a `RangeError` for bytes that are no entry. */
export function changesOfEntry(data: Buffer): readonly EntryChange[] {
  const changes: EntryChange[] = [];
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = data.readUInt8(at++);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const bytes = (length: number): Buffer => {
    if (at + length > data.length) throw new RangeError('an entry of the log is cut off');
    at += length;
    return data.subarray(at - length, at);
  };
  let before: Buffer = Buffer.alloc(0);
  while (at < data.length) {
    const kind = number();
    const shared = number();
    before = Buffer.concat([before.subarray(0, shared), bytes(number())]);
    const key = before.toString();
    if (kind === kinds.delete) changes.push({ type: 'delete', key });
    else changes.push({ type: 'put', key, value: kind === kinds.value ? bytes(number()) : undefined });
  }
  return changes;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}
