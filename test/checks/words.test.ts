import { expect, test } from '@jest/globals';
import { commentsOf } from '../../scripts/check/words/comments.ts';
import { wideLines } from '../../scripts/check/words/line-width.ts';
import { flaggedSentences } from '../../scripts/check/words/sentences.ts';
import { wrapComments } from '../../scripts/check/words/wrap-comments.ts';

/** The reasons for which sentences of a file's comments are flagged, with their lines. */
function flagged(text: string): readonly string[] {
  return flaggedSentences(commentsOf('a.ts', text)).map(({ line, reason }) => `${String(line)} ${reason}`);
}

const long = `Word${' word'.repeat(25)}`;
const wide = 'x'.repeat(121);

test('[H6] a line of more than 120 columns is reported, a comment as well as code', () => {
  expect(wideLines('a.ts', `const a = 1;\n// ${wide}\nconst ${wide} = 1;\n`)).toEqual([2, 3]);
  expect(wideLines('a.ts', `// ${'x'.repeat(117)}\n`)).toEqual([]);
});

test('[H6] a line that only a literal without spaces, or an address, makes wide is allowed', () => {
  const text = [`a('${wide}');`, `b(\`${wide}\${c}\`);`, `d(/${wide}/);`, `// https://example.org/${wide}`].join('\n');
  expect(wideLines('a.ts', text)).toEqual([]);
  expect(wideLines('a.ts', `const ${wide} = 'short';`)).toEqual([1]);
  expect(wideLines('a.ts', `const a = \`\n${wide} x\n\`;\n`)).toEqual([]);
  expect(wideLines('a.ts', `let a: '${wide} x';`)).toEqual([]);
  expect(wideLines('a.ts', `a('${wide}'); // prettier-ignore`)).toEqual([]);
});

test('[H6] a wide string or template with a space is reported: it can be put on two lines', () => {
  const text = [`a('${wide} x');`, `test('[H6] ${wide}', run);`, `b(\`\${c} ${wide}\`);`].join('\n');
  expect(wideLines('a.ts', text)).toEqual([1, 2, 3]);
});

test('[H7] a sentence of more than 25 words is flagged, and one of 25 is not', () => {
  expect(flagged(`// ${long}.`)).toEqual(['1 has 26 words']);
  expect(flagged(`// ${long.slice(5)}.`)).toEqual([]);
  expect(flagged(`/**\n * Short. ${long}. Short.\n */`)).toEqual(['2 has 26 words']);
});

test.each(['What', 'Whoever', 'Those who', 'One that', 'It'])(
  '[H7] a sentence that starts with "%s" is flagged, and one that goes on with it is not',
  (start) => {
    expect(flagged(`const a = 1; // ${start} is here.`)).toEqual([`1 starts with "${start}"`]);
    expect(flagged(`// Here is ${start}.`)).toEqual([]);
  },
);

test('[H7] a sentence is put together from the lines of its comment, and ends at a paragraph, an item or a tag', () => {
  const half = `Word${' word'.repeat(12)}`;
  expect(flagged(`// ${half}\n// ${half}.\n`)).toEqual(['1 has 26 words']);
  expect(flagged(`// ${half}\n\n// ${half}.\n`)).toEqual([]);
  expect(flagged(`/**\n * ${half}\n *\n * ${half}\n */`)).toEqual([]);
  expect(flagged(`/**\n * ${half}\n * - ${half}\n * @param a ${half}\n */`)).toEqual([]);
});

test('[H7] code in a comment, and texts of a program, are no sentences', () => {
  expect(flagged(`/**\n * Adds.\n *\n * \`\`\`ts\n * What(${long});\n * \`\`\`\n */`)).toEqual([]);
  expect(flagged(`const a = 'It // What';\nconst b = \`\n// It is text\n\`;\n`)).toEqual([]);
  expect(flagged(`// Calls \`${long}\` once.`)).toEqual([]);
});

test('[H7] a comment is found wherever it stands', () => {
  expect(flagged(`function f() {\n  return 1; // It is one.\n\n  // It ends.\n}\n// It is the last.\n`)).toEqual([
    '2 starts with "It"',
    '4 starts with "It"',
    '6 starts with "It"',
  ]);
});

test('[H6] wrapping puts the words of wide comments on more lines, and leaves all else as it is', () => {
  const many = Array.from({ length: 30 }, (_, index) => `word${String(index)}`).join(' ');
  const text = [
    `  /** ${many} */`,
    'const a = 1;',
    `  // ${many}`,
    '  // and more',
    '',
    '/**',
    ' * Short.',
    ' *',
    ` * - ${many}`,
    ' * - short',
    ' *',
    ' * ```ts',
    ` * ${many}`,
    ' * ```',
    ` * @param b ${many}`,
    ' */',
    `const c = '// ${many}';`,
  ].join('\n');
  const wrapped = wrapComments(text);
  const words = (of: string): string => of.replaceAll(/[\s*/]+/g, ' ');
  expect(words(wrapped)).toBe(words(text));
  expect(wrapped.split('\n').filter((line) => line.length > 120)).toEqual([` * ${many}`, `const c = '// ${many}';`]);
  expect(wrapped).toMatch(/^ {2}\/\*\*\n {3}\* word0 [^\n]+\n {3}\* word\d[^\n]+\n {3}\*\/\nconst a/);
  expect(wrapped).toMatch(/word29 and more\n\n\/\*\*\n \* Short\.\n \*\n \* - word0[^\n]+\n \* {3}word/);
  expect(wrapComments(wrapped)).toBe(wrapped);
});
