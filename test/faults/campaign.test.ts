import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FAULTS } from 'swarmstate/testing';
import { checkAsyncProperty } from '../support/property.ts';
import { Cluster } from './cluster.ts';
import { programs } from './commands.ts';
import { finish } from './finish.ts';
import { runCommand } from './run-program.ts';
import { Situations } from './situations.ts';

/** A campaign in which one of these never happens has proved nothing about it. */
const expected: readonly string[] = [
  ...FAULTS.map((fault) => `fault ${fault}`),
  'fault undefined',
  'a group, committed',
  'a group, conflict',
  'a group, unknown',
  'a group retried one by one',
  'a race that another member won',
  'a commit after a conflict',
  'a re-run that resolved',
  'a re-run that failed by itself',
  'an unknown outcome that landed',
  'an unknown outcome that never landed',
  'a sequence conflict',
  'a transaction too large',
  'an update refused because the store is closed',
  'an abort before anything happened',
  'an abort while waiting',
  'an abort in flight, committed',
  'an abort in flight, not committed',
  'a step of a batch that ran again',
  'a batch in several transactions',
  'a batch that failed by itself',
  'a failed batch without a committed change',
  'a failed batch with committed changes',
  'a failed batch whose last transaction landed',
  'a replay that caught up',
  'a replay whose log was compacted',
  'a snapshot held while others commit',
  'a reset',
  'a reset while a proposal is in flight',
  'a close while writers wait',
  'a close while a proposal is in flight',
  'a close while a batch is open',
];

const situations = new Situations();

describe('random programs under a faulty proposer', () => {
  test('[F1][F2][F3][F4][F5][F6][F7] random programs under a faulty proposer keep every promise', async () => {
    await checkAsyncProperty(
      fc.asyncProperty(programs, async ({ proposers, commands }) => {
        const cluster = new Cluster(situations, proposers);
        await cluster.log.settle();
        for (const command of commands) await runCommand(cluster, command);
        expect(await finish(cluster)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  }, 3_600_000);

  test('[F8] random programs meet every situation that they are about', () => {
    expect(situations.missing(expected)).toEqual([]);
  });
});

afterAll(() => {
  if (process.env['FC_REPORT'] !== undefined) process.stdout.write(`${situations.report()}\n`);
});
