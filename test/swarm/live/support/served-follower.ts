import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveSwarm } from 'swarmstate/remote';
import { followSwarm } from 'swarmstate/swarm';
import type { Swarm } from 'swarmstate/swarm';
import { authority, managerCertificate } from './fake-manager.ts';

/** A second follower, of `serveSwarm` with the store of the first one. */
export interface ServedFollower {
  readonly swarm: Swarm;
  close(): Promise<void>;
}

/** Serves the store of a follower over a unix socket, and follows it there. */
export async function followServed({ store }: Swarm): Promise<ServedFollower> {
  const folder = mkdtempSync(join(tmpdir(), 'swarmstate-served-'));
  const { ca, certificate: cert, key } = managerCertificate;
  const listen = join(folder, 'control.sock');
  const server = await serveSwarm(store, { listen, tls: { ca, cert, key }, limits: { graceMs: 50 } });
  const swarm = await followSwarm(server.address, { ca: authority.ca });
  return {
    swarm,
    async close() {
      await swarm.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
