import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerCluster } from '../../../scripts/engines/process/server-cluster.ts';
import { storeAddress } from '../../support/store-address.ts';
import type { Engine, StartServers } from './engine-servers.ts';
import { ProcessCluster } from './process-cluster.ts';
import type { ProcessReport } from './process-cluster.ts';
import { busyOptions, impatientOptions, kills, lostServers, stops } from './scenarios.ts';
import type { Counters } from './scenarios.ts';

export type Scenario = 'kills' | 'stops' | 'lost servers';

/** A scenario with an engine. */
export interface ScenarioRun {
  readonly scenario: Scenario;
  readonly engine: Engine;
  readonly times: number;
  readonly seed: number;
  /** The bundled program of a member. */
  readonly program: string;
  /** Starts the servers of the engine; lmdb has none. */
  readonly servers?: StartServers | undefined;
  /** A planted fault: of so many updates, one is acknowledged and not made. */
  readonly losesOneOf?: number | undefined;
}

export interface ScenarioReport extends ProcessReport {
  readonly scenario: Scenario;
  readonly engine: Engine;
  readonly processes: number;
  readonly clients: number;
  readonly counters: Counters;
  readonly seconds: number;
}

const sizes = {
  kills: { processes: 3, clients: 6 },
  stops: { processes: 3, clients: 6 },
  'lost servers': { processes: 4, clients: 8 },
};

/** Runs a scenario on new servers, or in a new folder. */
export async function runScenario(run: ScenarioRun): Promise<ScenarioReport> {
  const { scenario, engine, times, seed, program, servers: startServers, losesOneOf } = run;
  const counters: Counters = {};
  const size = sizes[scenario];
  const started = performance.now();
  const on = async (target: string, servers?: ServerCluster): Promise<ScenarioReport> => {
    const options = scenario === 'lost servers' ? impatientOptions : busyOptions;
    const cluster = new ProcessCluster({ program, target, options, seed, losesOneOf, ...size });
    const report = await cluster.run((members) => {
      if (scenario === 'kills') return kills(members, times, counters);
      if (scenario === 'stops') return stops(members, times, counters, engine === 'lmdb');
      if (servers === undefined) throw new Error('lmdb has no servers');
      return lostServers(members, servers, times, counters);
    });
    const seconds = Math.round((performance.now() - started) / 1000);
    return { scenario, engine, ...size, ...report, counters, seconds };
  };
  if (engine === 'lmdb') {
    // A real disk where the system keeps temporary files on one.
    const folder = mkdtempSync(join(tmpdir(), 'swarmstate-survive-'));
    try {
      return await on(`lmdb:${folder}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  if (startServers === undefined) throw new Error(`there is no server of ${engine}`);
  const servers = await startServers(scenario === 'lost servers' ? 3 : 1);
  try {
    return await on(storeAddress(engine, servers, 'survive'), servers);
  } finally {
    await servers.stop();
  }
}
