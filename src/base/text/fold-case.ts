/**
 * Lower-cases a string as Go's `strings.ToLower` does: code point by code point, by Unicode's simple mapping.
 * JavaScript's `toLowerCase` differs for two letters only: `İ` (U+0130) becomes two code points there and plain `i` in
 * Go, and a final capital sigma becomes `ς` there and `σ` in Go. O(length); a string without these letters takes the
 * native path.
 */
export function foldCase(text: string): string {
  if (!text.includes('Σ') && !text.includes('İ')) return text.toLowerCase();
  let folded = '';
  for (const letter of text) folded += letter === 'İ' ? 'i' : letter.toLowerCase();
  return folded;
}
