import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { LatencyMessage, MemoryStore } from 'swarmstate';

/** The diagnostics channels of a store's latencies, by the names of swarmkit's histograms. */
const histograms = {
  swarm_store_write_tx_latency_seconds: { channel: 'write-tx', help: 'Latency of update, the proposal included' },
  swarm_store_read_tx_latency_seconds: { channel: 'read-tx', help: 'Latency of view' },
  swarm_store_lookup_latency_seconds: { channel: 'lookup', help: 'Latency of a single get' },
  swarm_store_batch_latency_seconds: { channel: 'batch', help: 'Latency of a whole batch' },
  swarm_store_memory_store_lock_duration_seconds: { channel: 'lock', help: 'How long the turn to write was held' },
} as const;

/**
 * Registers a store's metrics under swarmkit's names. Measuring starts here and ends when the returned function is
 * called: latencies that nobody collects cost nothing. The channels belong to the process, so the histograms count all
 * of its stores.
 */
export function collectStoreMetrics(store: MemoryStore, registry: Registry): () => void {
  const stops = Object.entries(histograms).map(([name, { channel, help }]) => {
    const histogram = new Histogram({
      name,
      help,
      registers: [registry],
      buckets: [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10],
    });
    const observe = (message: unknown): void => {
      histogram.observe((message as LatencyMessage).seconds);
    };
    subscribe(`swarmstate:store:${channel}`, observe);
    return () => unsubscribe(`swarmstate:store:${channel}`, observe);
  });
  registerGauges(store, registry);
  return () => {
    for (const stop of stops) stop();
  };
}

/** Gauges cost nothing until somebody reads them. */
function registerGauges(store: MemoryStore, registry: Registry): void {
  new Gauge({
    name: 'swarm_store_objects',
    help: 'Objects by table',
    labelNames: ['table'],
    registers: [registry],
    collect() {
      for (const [table, rows] of Object.entries(store.stats().rows)) this.set({ table }, rows);
    },
  });
  const figures = ['watchers', 'watcherLag', 'waiting', 'snapshots', 'retainedVersions'] as const;
  for (const figure of figures) {
    new Gauge({
      name: `swarm_store_${figure.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
      help: `The figure ${figure} of store.stats()`,
      registers: [registry],
      collect() {
        this.set(store.stats()[figure]);
      },
    });
  }
  new Gauge({
    name: 'swarm_store_wedged',
    help: '1 when the turn to write has been held for too long',
    registers: [registry],
    collect() {
      this.set(store.wedged ? 1 : 0);
    },
  });
}
