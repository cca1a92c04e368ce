import { expect, test } from '@jest/globals';
import { linkProblems } from '../../scripts/check/documents/links.ts';

/** The problems of a repository that is given by the texts of its files. */
function problemsOf(texts: Readonly<Record<string, string>>): readonly string[] {
  return linkProblems(Object.keys(texts), (path) => texts[path] ?? '');
}

const guide = '# A `guide`: how?\n\n## Twice\n\n## Twice\n\n```sh\n# no heading\n```\n';

test('[H8] links to files, folders, headings and other sites are accepted', () => {
  const links = '[a](docs/guide.md) [b](docs/guide.md#a-guide-how) [c](docs/guide.md#twice-1) [d](docs/) [e](#here)';
  const readme = `# Here\n\n${links} [f](https://example.com/x#y) ![g](docs/a.svg)\n`;
  expect(problemsOf({ 'README.md': readme, 'docs/guide.md': guide, 'docs/a.svg': '' })).toEqual([]);
});

test('[H8] a link to a missing file or heading is reported with its file and line', () => {
  const document = '[a](../README.md)\n\n[b](guide.md#no-heading), [c](#nowhere)\n';
  expect(problemsOf({ 'docs/index.md': document, 'docs/guide.md': guide })).toEqual([
    expect.stringMatching(/^docs\/index\.md:1 links to \.\.\/README\.md: /),
    expect.stringMatching(
      /^docs\/index\.md:3 links to guide\.md#no-heading: docs\/guide\.md .*a-guide-how, twice, twice-1$/,
    ),
    expect.stringMatching(/^docs\/index\.md:3 links to #nowhere: /),
  ]);
});

test('[H8] code holds no links', () => {
  expect(problemsOf({ 'README.md': '`[a](b.md)`\n\n```md\n[a](b.md)\n```\n' })).toEqual([]);
});
