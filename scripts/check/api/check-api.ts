import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import prettier from 'prettier';
import type { Check } from '../../repository/check.ts';
import { packageEntries } from '../../repository/entries.ts';
import { readText, repositoryFiles, root } from '../../repository/repository.ts';
import { Declarations } from './declarations.ts';
import { apiReports } from './report.ts';

const folder = 'api-report';

export const api: Check = {
  name: 'api',
  about: `the public signatures are those of ${folder}`,
  async run() {
    const reports = await currentReports();
    const stale = committedReports()
      .filter((path) => !reports.has(path))
      .map((path) => `${path}:1 is of no entry; run \`npm run check -- api --write\``);
    const changed = [...reports].flatMap(([path, text]) => {
      const committed = existsSync(join(root, path)) ? readText(path) : '';
      return committed === text ? [] : [changeProblem(path, committed.split('\n'), text.split('\n'))];
    });
    return [...stale, ...changed];
  },
  async write() {
    const reports = await currentReports();
    for (const path of committedReports()) rmSync(join(root, path));
    mkdirSync(join(root, folder), { recursive: true });
    for (const [path, text] of reports) writeFileSync(join(root, path), text);
  },
};

function committedReports(): readonly string[] {
  return repositoryFiles().filter((path) => path.startsWith(`${folder}/`));
}

/** The text of each report, by its path. */
async function currentReports(): Promise<ReadonlyMap<string, string>> {
  const options = await prettier.resolveConfig(join(root, 'package.json'));
  const texts = new Map<string, string>();
  // No entry leads to the page of the inspector, which needs the types of the DOM.
  const sources = repositoryFiles().filter(
    (path) => /^src\/.*\.ts$/.test(path) && !path.startsWith('src/inspect/page/'),
  );
  const declarations = new Declarations(root, new Map(sources.map((path) => [path, readText(path)])));
  for (const { entry, text } of apiReports(packageEntries(), declarations)) {
    const path = `${folder}/${entry.specifier.replaceAll('/', '-')}.md`;
    texts.set(path, await prettier.format(text, { ...options, parser: 'markdown' }));
  }
  return texts;
}

function changeProblem(path: string, before: readonly string[], now: readonly string[]): string {
  const index = now.findIndex((line, at) => line !== before[at]);
  const at = index === -1 ? now.length : index;
  return [
    `${path}:${String(at + 1)} is not what the entry exports; run \`npm run check -- api --write\` and review the ` +
      'change, which starts with',
    `  - ${before[at] ?? '(nothing)'}`,
    `  + ${now[at] ?? '(nothing)'}`,
  ].join('\n');
}
