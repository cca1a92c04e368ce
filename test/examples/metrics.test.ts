import { describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { MemoryStore } from 'swarmstate';
import { collectStoreMetrics } from '../../examples/metrics/store-metrics.ts';

describe('metrics', () => {
  test('[P35][T35] the metrics have the original’s names, with what happened', async () => {
    const registry = new Registry();
    const store = new MemoryStore();
    const stop = collectStoreMetrics(store, registry);
    await store.update((tx) => tx.nodes.create({ id: 'n1' }));
    store.view((tx) => tx.nodes.get('n1'));
    stop();
    store.view((tx) => tx.nodes.get('n1'));
    const text = await registry.metrics();
    for (const line of [
      'swarm_store_write_tx_latency_seconds_count 1',
      'swarm_store_read_tx_latency_seconds_count 1',
      'swarm_store_lookup_latency_seconds_count 1',
      'swarm_store_batch_latency_seconds_count 0',
      'swarm_store_memory_store_lock_duration_seconds_count 1',
      'swarm_store_objects{table="nodes"} 1',
      'swarm_store_objects{table="tasks"} 0',
      'swarm_store_wedged 0',
    ]) {
      expect(text).toContain(line);
    }
  });
});
