import { all, isStoreError } from 'swarmstate';
import type { MemoryStore } from 'swarmstate';
import type { ControlLoop } from '../loops/control-loop.ts';
import { startAgent } from './agent.ts';
import type { AgentOptions } from './agent.ts';

/**
 * Runs an agent for every node: those there are, those that come, and no longer than they are there. This is the one loop that does not write, so it follows the watch
 * directly; the pattern is the same.
 */
export function startFleet(store: MemoryStore, options: AgentOptions): ControlLoop {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  if (options.signal?.aborted === true) stop();
  options.signal?.addEventListener('abort', stop);
  const done = runFleet(store, options, stopping.signal).finally(() => options.signal?.removeEventListener('abort', stop));
  return {
    name: 'fleet of agents',
    done,
    stop() {
      stop();
      return done;
    },
  };
}

async function runFleet(store: MemoryStore, options: AgentOptions, signal: AbortSignal): Promise<void> {
  const agents = new Map<string, ControlLoop>();
  const ending = new Set<Promise<void>>();
  const start = (nodeId: string): void => {
    // An agent stops with the fleet.
    if (!agents.has(nodeId)) agents.set(nodeId, startAgent(store, nodeId, { ...options, signal }));
  };
  const end = (nodeId: string): void => {
    const agent = agents.get(nodeId);
    if (agent === undefined) return;
    agents.delete(nodeId);
    const ended = agent.stop().finally(() => ending.delete(ended));
    ending.add(ended);
  };
  let running = !signal.aborted;
  while (running) {
    const { value: nodes, watcher } = store.viewAndWatch((tx) => tx.nodes.find(all), {
      events: [
        { kind: 'node', action: 'create' },
        { kind: 'node', action: 'delete' },
      ],
      limit: options.watchLimit,
    });
    const close = (): void => watcher.close();
    signal.addEventListener('abort', close);
    try {
      const present = new Set(nodes.map(({ id }) => id));
      for (const nodeId of agents.keys()) if (!present.has(nodeId)) end(nodeId);
      for (const nodeId of present) start(nodeId);
      for await (const event of watcher) {
        if (event.action === 'create') start(event.object.id);
        else if (event.action === 'delete') end(event.object.id);
      }
      running = false;
    } catch (error) {
      // Missed something: the next round compares the agents with the nodes there are. Anything else is a defect, and the end of the fleet.
      running = isStoreError(error, 'ERR_WATCH_OVERFLOW');
      if (!running) options.onError(error, 'fleet of agents');
    } finally {
      close();
      signal.removeEventListener('abort', close);
    }
  }
  for (const nodeId of [...agents.keys()]) end(nodeId);
  await Promise.all(ending);
}
