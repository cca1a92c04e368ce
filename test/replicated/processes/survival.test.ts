import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { describeWithConsul } from '../../support/consul-server.ts';
import { describeWithEtcd } from '../../support/etcd-server.ts';
import { describeWithZookeeper } from '../../support/zookeeper-server.ts';
import { bundleProgram } from './bundled.ts';
import { serversOf } from './engine-servers.ts';
import type { Engine } from './engine-servers.ts';
import { runScenario } from './run-scenario.ts';
import type { Scenario } from './run-scenario.ts';

const root = join(__dirname, '../../..');

let program: ReturnType<typeof bundleProgram>;

beforeAll(() => {
  program = bundleProgram(root);
});

afterAll(() => program.remove());

/** A few rounds; `npm run survive` has many, and stops on every engine. */
async function survives(scenario: Scenario, engine: Engine, times: number): Promise<void> {
  const servers = engine === 'lmdb' ? undefined : serversOf(root, engine);
  const report = await runScenario({ scenario, engine, times, seed: 1, program: program.path, servers });
  expect(report.problems).toEqual([]);
  expect(report.acknowledged).toBeGreaterThan(times);
  expect(report.version).toBeGreaterThanOrEqual(report.acknowledged);
}

describe('lmdb', () => {
  test('[J50] processes on lmdb that are killed at random moments lose and double no update', () =>
    survives('kills', 'lmdb', 5));

  test('[J51] a process on lmdb that is stopped while others trim the log acknowledges nothing that is lost', () =>
    survives('stops', 'lmdb', 2));

  test('[K14] a process that acknowledges updates without making them is found', async () => {
    const run = { scenario: 'kills', engine: 'lmdb', times: 5, seed: 1, losesOneOf: 10 } as const;
    const { problems } = await runScenario({ ...run, program: program.path });
    expect(problems).toEqual(expect.arrayContaining([expect.stringMatching(/^(lost-append|stale-read)/)]));
  });
});

describeWithEtcd(() => {
  test('[J50] processes on etcd that are killed at random moments lose and double no update', () =>
    survives('kills', 'etcd', 5));

  test('[J51] a process on etcd that is stopped while others trim the log acknowledges nothing that is lost', () =>
    survives('stops', 'etcd', 2));

  test('[J52] four processes go on while servers of etcd end, the leader first, and lose and double no update', () =>
    survives('lost servers', 'etcd', 1));
});

describeWithConsul(() => {
  test('[J50] processes on Consul that are killed at random moments lose and double no update', () =>
    survives('kills', 'consul', 3));

  test(
    '[J70] four processes go on while servers of Consul end, the leader first, and lose and double no update',
    () => survives('lost servers', 'consul', 1),
    60_000,
  );
});

describeWithZookeeper(() => {
  test('[J50] processes on ZooKeeper that are killed at random moments lose and double no update', () =>
    survives('kills', 'zookeeper', 3));

  test(
    '[J70] four processes go on while servers of ZooKeeper end, the leader first, and lose and double no update',
    () => survives('lost servers', 'zookeeper', 1),
    60_000,
  );
});
