import type { Check } from '../../repository/check.ts';
import { problemsOf, runTool } from '../../repository/run.ts';

export const unused: Check = {
  name: 'unused',
  about: 'knip: files, exports and dependencies that nobody uses',
  async run() {
    const finished = await runTool('knip/bin/knip.js', ['--no-progress', '--no-config-hints']);
    return problemsOf(finished, 'Delete what knip lists, or drop its `export`; entries are in knip.json:');
  },
};
