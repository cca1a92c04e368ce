import { runCLI } from 'jest';
import type { JestAnswer, JestOrder } from './jest-messages.ts';

/**
 * A process that runs tests again and again: a new process would need a second to load jest. An answer says whether
 * tests left timers or sockets behind, because those could disturb the next run.
 */
async function run({ folder, files, names, setup, notes }: JestOrder): Promise<JestAnswer> {
  process.env['MUTANT_SITES'] = notes ?? '';
  const { results } = await runCLI(
    {
      _: [...files],
      $0: '',
      runTestsByPath: true,
      runInBand: true,
      watchman: false,
      silent: true,
      reporters: [],
      ...(names === undefined ? {} : { testNamePattern: `^(?:${names.map(escaped).join('|')})$` }),
      ...(setup === undefined ? {} : { setupFilesAfterEnv: [setup] }),
    },
    [folder],
  );
  return {
    passed: results.success,
    left: resources() > 0,
    files: results.testResults.map(({ testFilePath, testResults, perfStats }) => ({
      file: testFilePath,
      ms: perfStats.end - perfStats.start,
      tests: testResults.map(({ fullName, duration, status }) => ({ name: fullName, ms: duration ?? 0, status })),
    })),
  };
}

function escaped(name: string): string {
  return name.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

function resources(): number {
  // Jest may still read its files, and the pipe leads to the parent.
  return process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap' && !name.startsWith('FSReq')).length;
}

process.on('message', (order: JestOrder) => {
  void run(order).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit());
