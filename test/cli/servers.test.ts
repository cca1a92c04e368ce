import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openStore } from 'swarmstate/replicated';
import { ConsulCluster } from '../../scripts/engines/consul-cluster.ts';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { ZookeeperCluster } from '../../scripts/engines/zookeeper-cluster.ts';
import { describeWithConsul } from '../support/consul-server.ts';
import { describeWithEtcd } from '../support/etcd-server.ts';
import { runningServer } from '../support/running-server.ts';
import { storeAddress } from '../support/store-address.ts';
import { describeWithZookeeper } from '../support/zookeeper-server.ts';
import { aDayAgo, fill, TestFolder } from './support/cluster.ts';
import { linesOf, output, runCommand, valuesOf } from './support/run-command.ts';

const folder = new TestFolder();
let file = '';
beforeAll(async () => {
  file = await folder.snapshot();
});
afterAll(() => folder.remove());

/** The answers of the commands about a replicated store on a server. */
async function testSource(address: string): Promise<void> {
  const store = await openStore(address, { store: { now: aDayAgo } });
  try {
    await store.update(fill);
    await store.update((tx) => tx.tasks.delete('task-web-2'));
    for (const args of [
      ['nodes', '--role', 'worker', '--count'],
      ['tasks', '--service', 'worker'],
    ])
      expect(await output('ls', ...args, address)).toBe(await output('ls', ...args, file));
    expect(await output('get', 'task', 'task-worker-1', address)).toContain('name: worker');
    const log = await runCommand(['log', 'tasks', address]);
    expect(linesOf(log).at(-1)).toBe('  2  deleted task web.2 (task-web-2)');
    const checks = valuesOf(await runCommand(['verify', address, '--jsonl']));
    expect(checks.map(({ check }) => check)).toEqual(['log', 'references', 'names', 'indexes']);
    const diff = await runCommand(['diff', address, '--since', '1']);
    expect(diff).toMatchObject({ code: 1, output: 'deleted task web.2 (task-web-2)\n' });
    const past = await runCommand(['watch', address, '--since', '1', '--limit', '1', '--jsonl']);
    expect(valuesOf(past)).toMatchObject([{ version: '2', action: 'delete', object: { id: 'task-web-2' } }]);
  } finally {
    await store.close();
  }
}

describeWithEtcd((program) => {
  const cluster = runningServer(() => EtcdCluster.start(program));

  test('[U27] etcd:// is a source of each command', () => testSource(storeAddress('etcd', cluster(), 'cli')));

  test('[U8][U27] reading an address without a store makes none there', async () => {
    const empty = storeAddress('etcd', cluster(), 'empty');
    for (let time = 0; time < 2; time += 1) expect((await runCommand(['ls', 'tasks', empty])).code).toBe(3);
  });
});

describeWithConsul((program) => {
  const server = runningServer(() => ConsulCluster.start(program));

  test('[U27] consul:// is a source of each command', () => testSource(storeAddress('consul', server(), 'cli')));
});

describeWithZookeeper((program) => {
  const server = runningServer(() => ZookeeperCluster.start(program, { synced: false }));

  test('[U27] zookeeper:// is a source of each command', () => testSource(storeAddress('zookeeper', server(), 'cli')));
});
