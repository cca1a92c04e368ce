/**
 * Lower-cases as Go's `strings.ToLower`: each code point by Unicode's simple mapping. So `İ` is `i`, and a capital
 * sigma is `σ` at any position.
 */
export function foldCase(text: string): string {
  return Array.from(text, (letter) => (letter === '\u0130' ? 'i' : letter.toLowerCase())).join('');
}

/** Compares two strings by the bytes of their UTF-8 encodings. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}
