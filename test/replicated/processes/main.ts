/**
 * `npm run survive` runs members of a replicated store in processes of their own. Processes and servers are killed and
 * stopped: 200 kills and 50 stops on each engine, and 20 rounds of lost servers. `--times N` runs each scenario N
 * times, `--scenario NAME` and `--engine NAME` one alone, `--seed N` with other decisions. `--record` writes the
 * figures into docs/reliability.md and docs/reliability.json. Ends with 1 when anything was lost or doubled.
 */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { etcd, findProgram, howToGet } from '../../../scripts/engines/engines.ts';
import { bundleProgram } from './bundled.ts';
import { recordProcesses } from './record.ts';
import { runScenario } from './run-scenario.ts';
import type { Engine, Scenario, ScenarioReport } from './run-scenario.ts';

/** The scenarios, and how often each is run. */
const plan: readonly { readonly scenario: Scenario; readonly engine: Engine; readonly times: number }[] = [
  { scenario: 'kills', engine: 'lmdb', times: 200 },
  { scenario: 'kills', engine: 'etcd', times: 200 },
  { scenario: 'stops', engine: 'lmdb', times: 50 },
  { scenario: 'stops', engine: 'etcd', times: 50 },
  { scenario: 'lost servers', engine: 'etcd', times: 20 },
];

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
  const server = findProgram(root, etcd);
  if (server === undefined) console.error(howToGet(etcd));
  const program = bundleProgram(root);
  const reports: ScenarioReport[] = [];
  try {
    for (const { scenario, engine, times } of plan) {
      if (values.scenario !== undefined && values.scenario !== scenario) continue;
      if (values.engine !== undefined && values.engine !== engine) continue;
      if (engine === 'etcd' && server === undefined) continue;
      const report = await runScenario({
        scenario,
        engine,
        times: Number(values.times ?? times),
        seed: Number(values.seed),
        program: program.path,
        etcd: server,
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
