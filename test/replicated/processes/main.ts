/**
 * `npm run survive` runs members of a replicated store in processes of their own: on lmdb, and on servers of etcd,
 * Consul and ZooKeeper. Processes and servers are killed and stopped: 200 kills and 50 stops on each engine, and 20
 * rounds of lost servers. `--times N` runs each scenario N times, `--scenario NAME` and `--engine NAME` one alone,
 * `--seed N` with other decisions. `--record` writes the figures into docs/reliability.md and docs/reliability.json.
 * Ends with 1 when anything was lost or doubled. An engine that is missing is left out with a line that says so.
 */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleProgram } from './bundled.ts';
import { serversOf } from './engine-servers.ts';
import type { Engine } from './engine-servers.ts';
import { recordProcesses } from './record.ts';
import { runScenario } from './run-scenario.ts';
import type { Scenario, ScenarioReport } from './run-scenario.ts';

const scenarios: readonly Scenario[] = ['kills', 'stops', 'lost servers'];
const engines: readonly Engine[] = ['lmdb', 'etcd', 'consul', 'zookeeper'];

/** How often each scenario is run on an engine. */
const timesOf: Readonly<Record<Scenario, number>> = { kills: 200, stops: 50, 'lost servers': 20 };

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      scenario: { type: 'string' },
      engine: { type: 'string' },
      times: { type: 'string' },
      seed: { type: 'string', default: '1' },
      record: { type: 'boolean', default: false },
    },
  });
  const root = resolve(import.meta.dirname, '../../..');
  const program = bundleProgram(root);
  const reports: ScenarioReport[] = [];
  try {
    for (const [scenario, engine] of scenarios.flatMap((each) => engines.map((on) => [each, on] as const))) {
      if ((values.scenario ?? scenario) !== scenario || (values.engine ?? engine) !== engine) continue;
      const servers = engine === 'lmdb' ? undefined : serversOf(root, engine);
      if (engine !== 'lmdb' && servers === undefined) {
        console.error(`${engine} is not here, and left out: \`npm run engines\` fetches it`);
        continue;
      }
      // lmdb has no servers that could be lost.
      if (engine === 'lmdb' && scenario === 'lost servers') continue;
      const report = await runScenario({
        scenario,
        engine,
        times: Number(values.times ?? timesOf[scenario]),
        seed: Number(values.seed),
        program: program.path,
        servers,
      });
      reports.push(report);
      console.log(JSON.stringify({ ...report, problems: report.problems.slice(0, 3) }));
    }
  } finally {
    program.remove();
  }
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const command = `npm run survive -- --seed ${values.seed}`;
  if (values.record) await recordProcesses({ command, commit, node: process.version, reports });
  return reports.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

process.exitCode = await main();
