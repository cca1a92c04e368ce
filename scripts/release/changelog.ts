/** A part of CHANGELOG.md below a heading of a version. */
interface Section {
  /** A version, or `Unreleased`. */
  readonly version: string;
  /** The lines below the heading that have a text. */
  readonly lines: readonly string[];
}

const heading = /^## \[?(Unreleased|\d+\.\d+\.\d+[^\]\s]*)\]?(?: - \d{4}-\d{2}-\d{2})?\s*$/;

/** The sections of versions, in the order in which they stand. */
function sectionsOf(text: string): readonly Section[] {
  const sections: { version: string; lines: string[] }[] = [];
  let current: string[] | undefined;
  for (const line of text.split('\n')) {
    const version = heading.exec(line)?.[1];
    if (version !== undefined) {
      current = [];
      sections.push({ version, lines: current });
    } else if (line.startsWith('## ')) current = undefined;
    // `### Added` alone is no entry.
    else if (line.trim() !== '' && !line.startsWith('#')) current?.push(line);
  }
  return sections;
}

/** The reasons why a release of `version` has not got its changelog. */
export function changelogProblems(text: string, version: string): readonly string[] {
  const sections = sectionsOf(text);
  const problems: string[] = [];
  const own = sections.find((section) => section.version === version);
  if (own === undefined) problems.push(`CHANGELOG.md has no heading "## ${version}", the version of package.json`);
  else if (own.lines.length === 0) problems.push(`CHANGELOG.md says nothing below "## ${version}"`);
  const newest = sections.find((section) => section.version !== 'Unreleased');
  if (own !== undefined && newest !== own)
    problems.push(`CHANGELOG.md has "## ${newest?.version ?? ''}" above "## ${version}", the version of package.json`);
  const waiting = sections.find((section) => section.version === 'Unreleased')?.lines.length ?? 0;
  if (waiting > 0) {
    problems.push(
      `CHANGELOG.md has ${waiting} lines below "## Unreleased": \`npm run release -- --prepare VERSION\` moves them`,
    );
  }
  return problems;
}

/** The text with the lines of `Unreleased` below a heading of `version`. Throws when there is nothing to release. */
export function withRelease(text: string, version: string, day: string): string {
  const sections = sectionsOf(text);
  if (sections.some((section) => section.version === version)) throw new Error(`CHANGELOG.md has ${version} already`);
  const unreleased = sections.find((section) => section.version === 'Unreleased');
  if (unreleased === undefined || unreleased.lines.length === 0)
    throw new Error('CHANGELOG.md has no lines below "## Unreleased"');
  return text.replace(/^## \[?Unreleased\]?[ \t]*$/m, `## Unreleased\n\n## ${version} - ${day}`);
}
