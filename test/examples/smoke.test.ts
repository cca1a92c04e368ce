import { expect, test } from '@jest/globals';
import { all } from 'swarmstate';
import { World } from './support/world.ts';
import { unfinished } from './support/invariants.ts';

test('[L1] smoke', async () => {
  const world = await World.start();
  await world.write((tx) => {
    tx.services.create({
      id: 'web',
      spec: { annotations: { name: 'web' }, task: { container: { image: 'web:1' } }, replicated: { replicas: 5 } },
    });
    tx.services.create({ id: 'log', spec: { annotations: { name: 'log' }, task: { container: { image: 'log:1' } }, global: {} } });
  });
  const left = await world.passUntilDone(unfinished, 60_000);
  console.log(
    world.commits,
    world.view((tx) => tx.tasks.find(all).map((t) => [t.id, t.serviceId, t.slot, t.nodeId, t.status.state])),
    world.clock.now(),
  );
  expect(left).toEqual([]);
  expect(await world.end()).toEqual([]);
});
