import type { Check } from '../../repository/check.ts';
import { problemsOf, runTool } from '../../repository/run.ts';

/** Type tests are part of it: a `@ts-expect-error` in test/** that has nothing to expect is an error. */
export const types: Check = {
  name: 'types',
  about: 'the compiler over everything, type tests included',
  async run() {
    return problemsOf(
      await runTool('typescript/bin/tsc', ['-p', 'tsconfig.json', '--pretty', 'false']),
      'The compiler says:',
    );
  },
};
