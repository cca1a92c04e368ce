import type { MemoryStore } from 'swarmstate';
import { startFleet } from './agents/fleet.ts';
import type { AgentOptions } from './agents/agent.ts';
import type { ControlLoop } from './loops/control-loop.ts';
import { startGlobalOrchestrator } from './loops/global-orchestrator.ts';
import { startReaper } from './loops/reaper.ts';
import { startReplicatedOrchestrator } from './loops/replicated-orchestrator.ts';
import { startRestartSupervisor } from './loops/restart-supervisor.ts';
import { startScheduler } from './loops/scheduler.ts';
import { startUpdater } from './loops/updater.ts';

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
