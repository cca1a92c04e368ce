import type { Check } from '../../repository/check.ts';
import { fileShapeProblems } from '../files/file-shape.ts';
import { repositoryFiles } from '../../repository/repository.ts';
import { problemsOf, runTool } from '../../repository/run.ts';

export const lint: Check = {
  name: 'lint',
  about: 'eslint, sizes and names of files',
  async run() {
    const finished = await runTool('eslint/bin/eslint.js', ['--max-warnings', '0', '.']);
    return [...fileShapeProblems(repositoryFiles()), ...problemsOf(finished, 'eslint (rules: eslint.config.js) says:')];
  },
};
