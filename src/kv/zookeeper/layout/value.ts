/** The bytes in front of a value that is empty, expires, or begins with these bytes itself. */
const mark = Buffer.of(0xff, 0x53, 0x4b, 0x31);

/** A value as a node has it. Values that need no mark are stored as they are, as libkv does. */
export interface StoredValue {
  readonly value: Uint8Array;
  /** The lease of a key that expires. */
  readonly lease: string | undefined;
}

/** The data of a node that is no key, and only has keys below it. */
export const noKey: Buffer = Buffer.alloc(0);

export function dataOf(value: Uint8Array, lease: string | undefined): Buffer {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const isPlain = lease === undefined && bytes.length > 0 && !bytes.subarray(0, mark.length).equals(mark);
  if (isPlain) return bytes;
  const id = Buffer.from(lease ?? '');
  return Buffer.concat([mark, Buffer.of(id.length), id, bytes]);
}

/** Undefined for a node that is no key. The value is a copy. */
export function valueOf(data: Buffer): StoredValue | undefined {
  if (data.length === 0) return undefined;
  if (!data.subarray(0, mark.length).equals(mark)) return { value: Uint8Array.from(data), lease: undefined };
  const start = mark.length + 1;
  const end = start + (data[mark.length] ?? 0);
  const id = data.toString('latin1', start, end);
  return { value: Uint8Array.from(data.subarray(end)), lease: id === '' ? undefined : id };
}
