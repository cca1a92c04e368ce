import { expect, test } from '@jest/globals';
import { foldCase } from '../../src/base/text/fold-case.ts';
import { UNICODE_VERSION } from '../../src/base/text/generated/lower-case.ts';

const surrogates = { first: 0xd800, last: 0xdfff };

/** Every code point as a text, without surrogates. */
function* letters(): Generator<string> {
  for (let point = 0; point <= 0x10ffff; point += 1)
    if (point < surrogates.first || point > surrogates.last) yield String.fromCodePoint(point);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** The letters with a lower case that Unicode 15.1, 16 and 17 added. */
const added = [
  0x1c89, 0xa7cb, 0xa7cc, 0xa7ce, 0xa7d2, 0xa7d4, 0xa7da, 0xa7dc,
  ...range(0x10d50, 0x10d65),
  ...range(0x16ea0, 0x16eb8),
]; // prettier-ignore

test('[I28] the table is that of Unicode 15.0.0: 1,433 letters have the native lower case, but for İ', () => {
  let folded = 0;
  for (const letter of letters()) {
    const lower = foldCase(letter);
    if (lower === letter) continue;
    folded += 1;
    if (lower !== letter.toLowerCase()) expect([letter, lower]).toEqual(['İ', 'i']);
  }
  expect([UNICODE_VERSION, folded]).toEqual(['15.0.0', 1433]);
});

test('[I28] letters that later versions of Unicode added are not folded, whatever the engine does', () => {
  expect(added).toHaveLength(55);
  for (const point of added) {
    const letter = String.fromCodePoint(point);
    expect(foldCase(`A${letter}B`)).toBe(`a${letter}b`);
  }
});

test('[I28] the letters around a letter do not matter, in both ways of folding', () => {
  for (const [text, lower] of [
    ['', ''],
    ['ΑΣ', 'ασ'],
    ['ΑΣ ΣΑ.Σ', 'ασ σα.σ'],
    ['İI', 'ii'],
    ['ÀÉ-Ж-汉字-ひ-한-Ⴀ-𐐀', 'àé-ж-汉字-ひ-한-ⴀ-𐐨'],
    ['\ud800A\udc00', '\ud800a\udc00'],
  ] as const)
    expect(foldCase(text)).toBe(lower);
});
