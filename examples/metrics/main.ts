// Runs a few updates on a store and prints its metrics in the format of Prometheus: npx tsx examples/metrics/main.ts

import { Registry } from 'prom-client';
import { MemoryStore, newId } from 'swarmstate';
import { collectStoreMetrics } from './store-metrics.ts';

const registry = new Registry();
const store = new MemoryStore({ history: 100 });
const stop = collectStoreMetrics(store, registry);

const nodes = await store.update((tx) =>
  Array.from({ length: 3 }, (_, n) => tx.nodes.create({ id: newId(), description: { hostname: `host-${n}` } })),
);
await store.batch(async (batch) => {
  for (let slot = 1; slot <= 300; slot += 1) {
    const nodeId = nodes[slot % nodes.length]?.id ?? '';
    await batch.update((tx) => void tx.tasks.create({ id: newId(), serviceId: 'web', slot, nodeId }));
  }
});
store.view((tx) => nodes.map((node) => tx.nodes.get(node.id)));

process.stdout.write(await registry.metrics());
stop();
await store.close();
