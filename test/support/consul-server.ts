import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { consul, findProgram } from '../../scripts/engines/engines.ts';

/**
 * Declares tests that need a Consul. Where there is none they are left out. Its package is old and may vanish: that is
 * no failure in continuous integration either.
 */
export function describeWithConsul(declare: (program: string) => void): void {
  const program = findProgram(join(__dirname, '../..'), consul);
  if (program !== undefined) describe('consul', () => declare(program));
  else {
    test('[Q110] without a server of consul its tests are left out: `npm run engines` fetches one', () => {
      expect(program).toBeUndefined();
    });
  }
}
