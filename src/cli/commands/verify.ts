import { formatOf, listText } from '../output/format.ts';
import { painter } from '../output/paint.ts';
import type { Source } from '../sources/source.ts';
import { ExitCode } from '../terminal/failure.ts';
import { plainText } from '../terminal/plain-text.ts';
import { hasColors, print } from '../terminal/terminal.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { checkIndexes, checkNames, checkReferences } from '../verify/checks.ts';
import type { CheckResult } from '../verify/checks.ts';
import { checkLog } from '../verify/log-check.ts';
import { examples } from './command.ts';
import type { CliCommand } from './command.ts';
import { addFormatOptions, addSourceOptions, open } from './shared-options.ts';
import type { ReadOptions } from './shared-options.ts';

/** `swarmstate verify`: whether a source is whole and consistent. */
export const command: CliCommand = {
  define(declared) {
    declared.argument('[SOURCE...]');
    addFormatOptions(declared);
    addSourceOptions(declared);
    declared.addHelpText(
      'after',
      `${examples(
        ['a backup', 'verify backup.snapshot'],
        ['a replicated store: the hash chain of its log, and its contents', 'verify lmdb:./data'],
      )}\nEnds with 1 where a problem was found, and with 3 where the source cannot be read at all.`,
    );
  },

  async run({ terminal, words, options: given }) {
    const options = given as ReadOptions;
    const format = formatOf(options);
    const results = await resultsOf(terminal, words, options);
    const { stdout } = terminal;
    if (format !== 'text') {
      const json = results.map((result) => ({ ...result, problems: [...result.problems] }));
      for await (const text of listText(format, json)) await print(terminal, stdout, text);
    } else {
      const paint = painter(hasColors(terminal, stdout));
      for (const { check, looked, problems } of results) {
        const mark = problems.length === 0 ? paint('good', 'ok  ') : paint('bad', 'FAIL');
        await print(terminal, stdout, `${mark} ${check.padEnd(10)} ${looked}\n`);
        for (const problem of problems) await print(terminal, stdout, `     ${plainText(problem)}\n`);
      }
    }
    return results.some(({ problems }) => problems.length > 0) ? ExitCode.FOUND : ExitCode.OK;
  },
};

/** Errors of a source that was damaged: findings, not failures of this command. */
const damages: ReadonlySet<unknown> = new Set([
  'ERR_INCOMPLETE_SNAPSHOT',
  'ERR_DECODE',
  'ERR_LOG_REFUSED',
  'ERR_FOLDER_DAMAGED',
  'ERR_FOLDER_GAP',
  'ERR_FOLDER_ENTRIES_LOST',
  'ERR_FOLDER_MISMATCH',
]);

async function resultsOf(
  terminal: Terminal,
  words: readonly string[],
  options: ReadOptions,
): Promise<readonly CheckResult[]> {
  let source: Source;
  try {
    // With its secrets, which the log has, too. Nothing of an object but its kind, name and id is shown.
    source = await open(terminal, words, options, false);
  } catch (error) {
    const { code, cause, message } = error as NodeJS.ErrnoException;
    if (!damages.has(code ?? (cause as NodeJS.ErrnoException | undefined)?.code)) throw error;
    return [{ check: 'source', looked: 'it cannot be read', problems: [message] }];
  }
  try {
    return await checksOf(source);
  } finally {
    await source.close();
  }
}

async function checksOf(source: Source): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  const { seal, store } = source;
  if (seal !== undefined)
    results.push({ check: 'seal', looked: seal === 'matches' ? 'it matches' : 'there is none', problems: [] });
  if (source.log !== undefined) results.push(await checkLog(source));
  const snapshot = store.snapshot();
  try {
    for (const check of [checkReferences, checkNames, checkIndexes]) results.push(check(snapshot));
  } finally {
    snapshot.close();
  }
  return results;
}
