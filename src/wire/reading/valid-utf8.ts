const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** True for well-formed UTF-8. */
export function isValidUtf8(bytes: Uint8Array): boolean {
  try {
    strictDecoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
