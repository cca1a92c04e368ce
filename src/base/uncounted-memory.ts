/**
 * Memory that does not make V8 begin a garbage collection. Nothing shares it, although it is a `SharedArrayBuffer`.
 * Why: docs/performance/v8.md#memory-outside-of-the-heap.
 */
export function uncountedMemory(bytes: number): SharedArrayBuffer | ArrayBuffer {
  // Most pages in browsers have no `SharedArrayBuffer`.
  return typeof SharedArrayBuffer === 'function' ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
}
