import { followSwarm } from '../../swarm/live/follow-swarm.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { OpenOptions, Source } from './source.ts';

/** Follows a running manager. */
export async function openSwarm(
  terminal: Terminal,
  name: string,
  target: string | undefined,
  { redact, ca, cert, key, insecure }: OpenOptions,
): Promise<Source> {
  const identity = Object.fromEntries(
    Object.entries({ ca, cert, key, insecure }).filter(([, value]) => value !== undefined),
  );
  const swarm = await followSwarm(target, { redact, ...identity, signal: terminal.signal });
  return {
    name: target === undefined ? swarm.target : name,
    store: swarm.store,
    warnings: [],
    live: true,
    onNotice: (listener) =>
      swarm.on('status', ({ status, reason }) => {
        // The command itself closes it.
        if (status !== 'closed')
          listener(`the swarm is ${status}${reason instanceof Error ? `: ${reason.message}` : ''}`);
      }),
    close: () => swarm.close(),
  };
}
