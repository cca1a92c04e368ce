import type { MemoryStore } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import type { ControlLoop } from '../loops/control-loop.ts';
import { startAgent } from './agent.ts';
import type { AgentOptions } from './agent.ts';

/**
 * Runs an agent for every node while the node exists. This loop does not write, so it needs no queue: it starts and
 * stops agents as the followed nodes come and go.
 */
export function startFleet(store: MemoryStore, options: AgentOptions): ControlLoop {
  const { clock, signal, watchLimit: limit } = options;
  const agents = new Map<string, ControlLoop>();
  const ending = new Set<Promise<void>>();
  const start = (nodeId: string): void => void agents.set(nodeId, startAgent(store, nodeId, options));
  const end = (nodeId: string, agent: ControlLoop): void => {
    agents.delete(nodeId);
    const ended = agent.stop().finally(() => ending.delete(ended));
    ending.add(ended);
  };
  const nodes = follow(store, { tables: ['node'], clock, signal, limit });
  for (const { id } of nodes.table('node')) start(id);
  nodes.on('commit', ({ events }) => {
    for (const { action, object } of events) {
      const agent = agents.get(object.id);
      if (action === 'create') start(object.id);
      else if (action === 'delete' && agent !== undefined) end(object.id, agent);
    }
  });
  const done = nodes.closed.then(async () => {
    for (const [nodeId, agent] of agents) end(nodeId, agent);
    await Promise.all(ending);
  });
  return {
    name: 'fleet of agents',
    done,
    stop() {
      nodes.close();
      return done;
    },
  };
}
