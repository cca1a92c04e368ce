import { test } from '@jest/globals';
import fc from 'fast-check';
import { checkAsyncProperty } from '../support/property.ts';
import { Pair } from './pair.ts';
import { focuses } from './random-objects.ts';
import { programsOn } from './random-programs.ts';

const programs = focuses.chain((focus) => fc.array(programsOn(focus).commands, { maxLength: 14 }));

test('[T36][T13][T23][T24][T25][T26][T27][T29][I20][S1][S13][S16] programs run as on a model', async () => {
  await checkAsyncProperty(
    fc.asyncProperty(programs, async (program) => {
      const pair = new Pair();
      for (const command of program) await pair.run(command);
      await pair.end();
    }),
    { numRuns: 400 },
  );
});
