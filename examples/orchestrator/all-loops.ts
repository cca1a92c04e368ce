import type { MemoryStore } from 'swarmstate';
import { ordinaryContainers } from './agents/container-behaviour.ts';
import { startFleet } from './agents/fleet.ts';
import type { AgentOptions } from './agents/agent.ts';
import type { ControlLoop, LoopOptions } from './loops/control-loop.ts';
import { startGlobalOrchestrator } from './loops/global-orchestrator.ts';
import { startReaper } from './loops/reaper.ts';
import { startReplicatedOrchestrator } from './loops/replicated-orchestrator.ts';
import { startRestartSupervisor } from './loops/restart-supervisor.ts';
import { startScheduler } from './loops/scheduler.ts';
import { startUpdater } from './loops/updater.ts';
import { clusterProgress } from './progress.ts';

/** Starts one loop on a store. */
export type LoopStarter = (store: MemoryStore, options: AgentOptions) => ControlLoop;

/** All loops of the cluster, in no particular order. No loop knows another; they share only the store. */
export const allLoops: readonly LoopStarter[] = [
  startReplicatedOrchestrator,
  startGlobalOrchestrator,
  startScheduler,
  startFleet,
  startRestartSupervisor,
  startUpdater,
  startReaper,
];

/** Starts all loops, with containers of which a few fail. `start` is the time at which the cluster's clock began. */
export function startAllLoops(
  store: MemoryStore,
  { start, ...options }: LoopOptions & { readonly start: number },
): readonly ControlLoop[] {
  const desired = store.view((tx) => clusterProgress(tx).reduce((total, service) => total + service.desired, 0));
  const behaviour = ordinaryContainers({
    seed: start,
    // A few crashes, independent of the number of tasks.
    crashing: Math.min(0.2, 4 / desired),
    trouble: { from: start, until: start + 20_000 },
    crashAfter: [4000, 20_000],
  });
  return allLoops.map((startLoop) => startLoop(store, { ...options, behaviour }));
}
