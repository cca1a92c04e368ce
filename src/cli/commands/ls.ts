import { columns } from '../output/columns.ts';
import type { Column } from '../output/columns.ts';
import { formatOf, listText, objectJson } from '../output/format.ts';
import { Lookup } from '../output/lookup.ts';
import { painter } from '../output/paint.ts';
import { tableText } from '../output/table.ts';
import { objectName } from '../query/object-name.ts';
import { selected, selectionOf } from '../query/selection.ts';
import type { FlagValues } from '../query/selection.ts';
import type { ReadTx } from '../../store/transaction/tx.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import { ExitCode } from '../terminal/failure.ts';
import { hasColors, print } from '../terminal/terminal.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { examples } from './command.ts';
import type { CliCommand } from './command.ts';
import {
  addFilterOptions,
  addFormatOptions,
  addSourceOptions,
  kindWordsOf,
  open,
  redactionOf,
} from './shared-options.ts';
import type { ReadOptions } from './shared-options.ts';

type LsOptions = ReadOptions & FlagValues & { readonly wide?: boolean; readonly count?: boolean };

/** `swarmstate ls`: the objects of a kind. */
export const command: CliCommand = {
  define(declared) {
    declared
      .usage('[options] <KIND> [SOURCE...]')
      .argument('[KIND]', 'nodes, services, tasks, networks, secrets, configs …')
      .argument('[SOURCE...]');
    declared.option('--wide', 'cut no column').option('--count', 'write the number of objects only');
    addFormatOptions(declared);
    addFilterOptions(declared);
    addSourceOptions(declared);
    declared.addHelpText(
      'after',
      examples(
        ['what failed, and where', 'ls tasks --state failed --state rejected /var/lib/docker/swarm'],
        ['the tasks of a service on a node', 'ls tasks --service web --node worker-1'],
        ['a backup, for another program', 'ls services backup.snapshot --json'],
      ),
    );
  },

  async run({ terminal, words, options: given }) {
    const options = given as LsOptions;
    const { kind, sources } = kindWordsOf(words);
    const format = formatOf(options);
    const redaction = redactionOf(terminal, options);
    const source = await open(terminal, sources, options);
    try {
      const snapshot = source.store.snapshot();
      try {
        const objects = selected(snapshot, kind, selectionOf(snapshot, kind, options));
        if (options.count === true) await print(terminal, terminal.stdout, `${objects.length}\n`);
        else if (format === 'text') await printTable(terminal, snapshot, kind, objects, options.wide === true);
        else {
          for await (const text of listText(format, jsonOf(kind, objects, redaction)))
            await print(terminal, terminal.stdout, text);
        }
      } finally {
        snapshot.close();
      }
    } finally {
      await source.close();
    }
    return ExitCode.OK;
  },
};

function* jsonOf<K extends Kind>(
  kind: K,
  objects: readonly Kinds[K][],
  redaction: Parameters<typeof objectJson>[2],
): Generator<ReturnType<typeof objectJson>, void> {
  for (const object of objects) yield objectJson(kind, object, redaction);
}

/** Tasks of a service stand together, by slot, the newest of a slot first. Other kinds keep the order of the finder. */
function inOrder<K extends Kind>(kind: K, objects: readonly Kinds[K][]): readonly Kinds[K][] {
  if (kind !== 'task') return objects;
  const created = ({ meta }: Kinds[K]): number => meta.createdAt?.seconds ?? 0;
  const named = objects.map((object) => ({ object, name: objectName(kind, object) }));
  return named
    .sort((a, b) => byName.compare(a.name, b.name) || created(b.object) - created(a.object))
    .map(({ object }) => object);
}

/** `web.2` stands before `web.10`. */
const byName = new Intl.Collator('en', { numeric: true });

/** A table as wide as the terminal. For another program nothing is cut, ids neither. */
async function printTable<K extends Kind>(
  terminal: Terminal,
  tx: ReadTx,
  kind: K,
  objects: readonly Kinds[K][],
  wide: boolean,
): Promise<void> {
  const { stdout, now } = terminal;
  const whole = wide || stdout.isTTY !== true;
  const look = new Lookup(tx, now(), whole);
  const shown: readonly Column<Kinds[K]>[] = columns[kind];
  const rows = inOrder(kind, objects).map((object) => shown.map(({ cell }) => cell(object, look)));
  const width = whole ? undefined : (stdout.columns ?? 80);
  for (const text of tableText(shown, rows, { width, paint: painter(hasColors(terminal, stdout)) }))
    await print(terminal, stdout, text);
}
