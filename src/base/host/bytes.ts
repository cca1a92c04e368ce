/** `Buffer` of Node.js, and undefined where there is none, or another package's without its fast functions. */
export const NodeBuffer: typeof Buffer | undefined = nodeBuffer();

function nodeBuffer(): typeof Buffer | undefined {
  const { Buffer: found } = globalThis as { readonly Buffer?: typeof Buffer };
  const fast = found?.prototype as { readonly utf8Write?: unknown } | undefined;
  return typeof fast?.utf8Write === 'function' ? found : undefined;
}

/** The same memory as a `Buffer`, whose functions are faster, where there is one. */
export function asBuffer(bytes: Uint8Array): Uint8Array {
  return NodeBuffer === undefined ? bytes : NodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Looks at what an object is, whatever its prototype and its realm are. */
const { get: typedArrayName } = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
) as { readonly get: (this: unknown) => string | undefined };

/** True for a `Uint8Array` of any realm, a `Buffer` included. */
export function isUint8Array(value: unknown): value is Uint8Array {
  return typedArrayName.call(value) === 'Uint8Array';
}

/** True for an `ArrayBuffer` and a `SharedArrayBuffer`, which many browsers do not have. */
export function isArrayBuffer(value: unknown): value is ArrayBuffer | SharedArrayBuffer {
  return (
    value instanceof ArrayBuffer || (typeof SharedArrayBuffer === 'function' && value instanceof SharedArrayBuffer)
  );
}

/** True for bytes whose memory is gone: it was transferred to another owner, or became smaller. */
export function isDetached(bytes: Uint8Array): boolean {
  if (bytes.length > 0) return false;
  try {
    new Uint8Array(bytes);
    return false;
  } catch {
    return true;
  }
}

/** True when `a[aStart … aEnd)` and the bytes of `b` from `bStart` on are the same. */
export function sameRange(a: Uint8Array, aStart: number, aEnd: number, b: Uint8Array, bStart: number): boolean {
  if (NodeBuffer !== undefined && a instanceof NodeBuffer)
    return a.compare(b, bStart, bStart + aEnd - aStart, aStart, aEnd) === 0;
  for (let position = aStart; position < aEnd; position += 1)
    if (a[position] !== b[bStart + position - aStart]) return false;
  return true;
}

/** The bytes of a valid text in base64, of the standard alphabet or of that for addresses. */
export function bytesFromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (NodeBuffer !== undefined) return new Uint8Array(NodeBuffer.from(text, 'base64'));
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(binary.length);
  for (let position = 0; position < binary.length; position += 1) bytes[position] = binary.charCodeAt(position);
  return bytes;
}

export function bytesToBase64(bytes: Iterable<number> & ArrayBufferView): string {
  if (NodeBuffer !== undefined)
    return NodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** The length of a text in UTF-8. */
export function utf8Length(text: string): number {
  return NodeBuffer?.byteLength(text) ?? new TextEncoder().encode(text).length;
}
