import { test } from '@jest/globals';
import fc from 'fast-check';
import { checkAsyncProperty } from '../support/property.ts';
import { Pair } from './pair.ts';
import { commands } from './random-programs.ts';

test('[T36][T13][T23][T24][T25][T26][T27][T29][I20][S1][S13][S16] random programs do the same to the store and to the model', async () => {
  await checkAsyncProperty(
    fc.asyncProperty(fc.array(commands, { maxLength: 12 }), async (program) => {
      const pair = new Pair();
      for (const command of program) await pair.run(command);
      await pair.end();
    }),
    { numRuns: 100 },
  );
});
