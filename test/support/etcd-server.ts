import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { etcd, findProgram } from '../../scripts/engines/engines.ts';

/**
 * Declares tests that need an etcd. Where there is none they are left out, which continuous integration takes for a
 * failure.
 */
export function describeWithEtcd(declare: (program: string) => void): void {
  const program = findProgram(join(__dirname, '../..'), etcd);
  if (program !== undefined) describe('etcd', () => declare(program));
  else {
    test('[Q29] without a server of etcd its tests are left out, but not in continuous integration', () => {
      expect(process.env['CI']).toBeUndefined();
    });
  }
}
