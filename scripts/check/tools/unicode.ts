import type { Check } from '../../repository/check.ts';
import { problemsOf, runTool } from '../../repository/run.ts';

export const unicode: Check = {
  name: 'unicode',
  about: 'generating the table of lower-case letters again changes nothing',
  async run() {
    const finished = await runTool('tsx/dist/cli.mjs', ['scripts/unicode/main.ts', '--check']);
    return problemsOf(finished, 'The table is not what the data gives; run `npm run unicode` and commit the result:');
  },
};
