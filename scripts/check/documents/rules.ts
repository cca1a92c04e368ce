import type { Check } from '../../repository/check.ts';
import { readText, repositoryFiles } from '../../repository/repository.ts';
import { parseSpec } from './spec-rules.ts';
import { testTitles } from './test-titles.ts';

/** `[E3] …`, or `[E3][E4] …` where one test proves several rules. */
const startsWithIds = /^(?:\[[A-Z]+\d+\])+(?= \S)/;

export const rules: Check = {
  name: 'rules',
  about: 'each rule of SPEC.md has a test, each test names its rule',
  run() {
    const spec = parseSpec(readText('SPEC.md'));
    const problems = [...spec.problems];
    const known = new Set(spec.rules.map(({ id }) => id));
    const proved = new Set<string>();
    for (const path of repositoryFiles().filter((file) => /^test\/.*\.ts$/.test(file))) {
      for (const { line, text } of testTitles(path, readText(path))) {
        const place = `${path}:${String(line)}`;
        const ids = startsWithIds
          .exec(text ?? '')?.[0]
          .slice(1, -1)
          .split('][');
        if (ids === undefined) problems.push(`${place} ${titleProblem(text)}`);
        for (const id of ids ?? []) {
          proved.add(id);
          if (!known.has(id))
            problems.push(
              `${place} names ${id}, which SPEC.md does not have; write the rule, or name the one it proves`,
            );
        }
      }
    }
    for (const { id, line } of spec.rules) {
      if (!proved.has(id))
        problems.push(`SPEC.md:${String(line)} ${id} has no test; write one whose name starts with "[${id}] "`);
    }
    return Promise.resolve(problems);
  },
};

function titleProblem(text: string | undefined): string {
  const wanted = 'a test’s name starts with the rule it proves, written out: "[E3] …"';
  return text === undefined ? `has a name that starts with a value; ${wanted}` : `is named "${text}"; ${wanted}`;
}
