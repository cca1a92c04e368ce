/**
 * Lower-cases a string as Go's `strings.ToLower` does: each code point by Unicode's simple mapping. JavaScript's
 * `toLowerCase` differs for two letters. `İ` (U+0130) becomes two code points in JavaScript and `i` in Go. A capital
 * sigma at the end of a word becomes `ς` in JavaScript and `σ` in Go. O(length); strings without these letters take the
 * native path.
 */
export function foldCase(text: string): string {
  if (!text.includes('Σ') && !text.includes('İ')) return text.toLowerCase();
  let folded = '';
  for (const letter of text) folded += letter === 'İ' ? 'i' : letter.toLowerCase();
  return folded;
}
