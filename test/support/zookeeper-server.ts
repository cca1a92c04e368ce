import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { findZookeeper } from '../../scripts/engines/zookeeper.ts';
import type { ZookeeperProgram } from '../../scripts/engines/zookeeper.ts';

/**
 * Declares tests that need a ZooKeeper. Where there is none they are left out, which continuous integration takes for a
 * failure.
 */
export function describeWithZookeeper(declare: (program: ZookeeperProgram) => void): void {
  const program = findZookeeper(join(__dirname, '../..'));
  if (program !== undefined) describe('zookeeper', () => declare(program));
  else {
    test('[Q29] without a server of ZooKeeper its tests are left out, but not in continuous integration', () => {
      expect(process.env['CI']).toBeUndefined();
    });
  }
}
