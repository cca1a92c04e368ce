import { targetKind } from '../../model/store-actions.ts';
import { StoreActionKind } from '../../wire/generated/enums.ts';
import { formatOf, valueText } from '../output/format.ts';
import { changeJson, changeText } from '../output/object-change.ts';
import { painter } from '../output/paint.ts';
import { kindOf } from '../query/kind-names.ts';
import type { SourceEntry } from '../sources/source.ts';
import { timelineOf } from '../sources/timeline.ts';
import { ExitCode } from '../terminal/failure.ts';
import { hasColors, print } from '../terminal/terminal.ts';
import { examples } from './command.ts';
import type { CliCommand } from './command.ts';
import { addFormatOptions, addSourceOptions, numberOf, open, redactionOf } from './shared-options.ts';
import type { ReadOptions } from './shared-options.ts';

type LogOptions = ReadOptions & { readonly since?: string; readonly limit?: string; readonly all?: boolean };

/** `swarmstate log`: the entries of a log, with what they did. */
export const command: CliCommand = {
  define(declared) {
    declared
      .argument('[KIND]', 'only the changes of this kind')
      .argument('[SOURCE...]', 'a state folder, lmdb: or etcd:')
      .option('--since <version>', 'only what came after this version')
      .option('--limit <n>', 'end after so many entries')
      .option('--all', 'also the entries without changes');
    addFormatOptions(declared);
    addSourceOptions(declared);
    declared.addHelpText(
      'after',
      examples(
        ['the past of a swarm, from the folder of a manager', 'log /var/lib/docker/swarm'],
        ['what happened to tasks, for another program', 'log tasks lmdb:./data --since 1200 --jsonl'],
      ),
    );
  },

  async run({ terminal, words, options: given }) {
    const options = given as LogOptions;
    const format = formatOf(options);
    const redaction = redactionOf(terminal, options);
    const since = numberOf('--since', options.since);
    const limit = numberOf('--limit', options.limit) ?? Infinity;
    const kinds = words.flatMap((word) => kindOf(word) ?? []);
    const source = await open(
      terminal,
      words.filter((word) => kindOf(word) === undefined),
      options,
    );
    const { stdout } = terminal;
    const paint = painter(hasColors(terminal, stdout));
    let count = 0;
    try {
      for await (const { entry, transactions } of timelineOf(source)) {
        if (count >= limit) break;
        const shown = transactions
          .filter(({ version }) => since === undefined || version > since)
          .map(({ version, changes }) => ({
            version,
            changes: changes.filter(({ kind }) => kinds.length === 0 || kinds.includes(kind)),
          }))
          .filter(({ changes }) => changes.length > 0);
        if (shown.length === 0 && (options.all !== true || since !== undefined)) continue;
        count += 1;
        if (format === 'text') {
          const head = [`entry ${entry.index}`, ...entry.notes];
          const time = writtenAt(entry);
          if (time !== undefined) head.push(`${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`);
          if (!entry.applied) head.push('not in the contents');
          await print(terminal, stdout, `${paint('strong', head.join(', '))}\n`);
          for (const { version, changes } of shown) {
            for (const change of changes)
              await print(terminal, stdout, `  ${version}  ${changeText(change, redaction, paint)}\n`);
          }
        } else {
          const json = {
            index: entry.index,
            notes: [...entry.notes],
            applied: entry.applied,
            transactions: shown.map(({ version, changes }) => ({
              version: String(version),
              changes: changes.map((change) => changeJson(change, redaction)),
            })),
          };
          const text = await valueText(format === 'json' ? 'jsonl' : format, format === 'yaml' ? [json] : json);
          await print(terminal, stdout, text);
        }
      }
    } finally {
      await source.close();
    }
    return ExitCode.OK;
  },
};

/** When an entry was written, as its objects say; undefined for an entry that only deletes. */
function writtenAt({ transactions }: SourceEntry): Date | undefined {
  const times = transactions.flatMap(({ actions }) =>
    actions.flatMap((action) => {
      const kind = targetKind(action);
      if (kind === undefined || action.action === StoreActionKind.REMOVE) return [];
      const seconds = action[kind]?.meta.updatedAt?.seconds;
      return seconds === undefined ? [] : [seconds];
    }),
  );
  return times.length === 0 ? undefined : new Date(Math.max(...times) * 1000);
}
