import type { Check } from '../../repository/check.ts';
import { problemsOf, runTool } from '../../repository/run.ts';

/** Type tests are part of it: a `@ts-expect-error` in test/** that has nothing to expect is an error. */
export const types: Check = {
  name: 'types',
  about: 'the compiler over everything, type tests included',
  async run() {
    const projects = ['tsconfig.json', 'src/inspect/page/tsconfig.json'];
    const problems: string[] = [];
    for (const project of projects) {
      const finished = await runTool('typescript/bin/tsc', ['-p', project, '--pretty', 'false']);
      problems.push(...problemsOf(finished, `The compiler says about ${project}:`));
    }
    return problems;
  },
};
