import type { Check } from '../../repository/check.ts';
import { problemsOf, runTool } from '../../repository/run.ts';

export const proto: Check = {
  name: 'proto',
  about: 'generating from proto/ again changes nothing',
  async run() {
    const finished = await runTool('tsx/dist/cli.mjs', ['scripts/proto/main.ts', '--check']);
    return problemsOf(
      finished,
      'Generated files are not what proto/ gives; run `npm run proto` and commit the result:',
    );
  },
};
