import type { Check } from '../../repository/check.ts';
import { problemsOf, runTool } from '../../repository/run.ts';

export const format: Check = {
  name: 'format',
  about: 'prettier',
  async run() {
    const finished = await runTool('prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']);
    return problemsOf(finished, 'Run `npx prettier --write FILE…` on:');
  },
};
