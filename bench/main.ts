/**
 * `npm run bench` measures everything and writes docs/performance; `npm run bench -- NAME…` the named benchmarks,
 * `--quick` a look in a minute, `--no-peers` without the stores to compare with, `--rounds N`, `--profile` to see where
 * the time goes; none of those touches docs/performance. `npm run bench -- report` makes the tables and plots from the
 * figures that are there.
 */
import { build } from './build.ts';
import { profileFolder, profileSummaries } from './lib/profiles.ts';
import { peers } from './contenders/peer-names.ts';
import { installPeers } from './peers.ts';
import { writeReport } from './report/report.ts';
import { requirementTable } from './report/requirements.ts';
import { circumstances, readResults, writeResults } from './results.ts';
import { measure } from './runner.ts';
import { suiteNames } from './suites/suite-names.ts';

/** Benchmarks that are programs of their own. */
const programs: readonly string[] = ['kv', 'cache', 'swarm', 'log', 'serve', 'scale', 'cli'];

async function main(given: readonly string[]): Promise<number> {
  const flags = new Set(given.filter((argument) => argument.startsWith('--')));
  const roundsAt = given.indexOf('--rounds');
  const names = given.filter(
    (argument, position) => !argument.startsWith('--') && (roundsAt < 0 || position !== roundsAt + 1),
  );
  if (names.length === 1 && names[0] === 'report') {
    await writeReport(readResults());
    return 0;
  }
  // These measure processes and servers of their own, and keep their figures themselves.
  const [alone] = names;
  if (names.length === 1 && alone !== undefined && programs.includes(alone)) {
    await import(`./${alone}/main.ts`).then(
      async (program: { readonly main: (options: { readonly quick: boolean }) => Promise<void> }) =>
        program.main({ quick: flags.has('--quick') }),
    );
    return 0;
  }
  const unknown = names.filter((name) => !suiteNames.includes(name));
  if (unknown.length > 0) {
    console.error(
      `No benchmark is named ${unknown.join(', ')}. There are ${suiteNames.join(', ')}, ` +
        `${programs.join(', ')} and report.`,
    );
    return 1;
  }
  const quick = flags.has('--quick');
  const withPeers = !quick && !flags.has('--no-peers');
  if (withPeers && (names.length === 0 || names.includes('tasks') || names.includes('nodes'))) installPeers();
  const rounds = roundsAt < 0 ? (quick ? 1 : 3) : Number(given[roundsAt + 1]);
  const profiles = flags.has('--profile') ? profileFolder() : undefined;
  const samples = await measure(
    { rounds, quick, withPeers, program: await build(), profiles },
    names.length === 0 ? suiteNames : names,
    peers,
  );
  const results = { ...circumstances(), quick, rounds, samples };
  if (names.length === 0 && withPeers && profiles === undefined) {
    writeResults(results);
    await writeReport(readResults());
    console.log('The figures are in docs/performance.');
  }
  console.log(requirementTable(results));
  if (profiles !== undefined) console.log(profileSummaries(profiles));
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
