import type { ObjectEvent, StoreEvent } from '../../model/events.ts';
import { kinds } from '../../model/schema/kinds.ts';
import type { Selector, WatchOptions } from '../../watch/selector.ts';
import type { Watcher } from '../../watch/watcher.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import { formatOf, valueText } from '../output/format.ts';
import type { Format } from '../output/format.ts';
import { changeJson, changeText } from '../output/object-change.ts';
import type { ObjectChange } from '../output/object-change.ts';
import { painter } from '../output/paint.ts';
import { kindOf } from '../query/kind-names.ts';
import { selectionOf } from '../query/selection.ts';
import type { FlagValues } from '../query/selection.ts';
import type { Source } from '../sources/source.ts';
import { ExitCode, usage } from '../terminal/failure.ts';
import { hasColors, print } from '../terminal/terminal.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { examples } from './command.ts';
import type { CliCommand } from './command.ts';
import {
  addFilterOptions,
  addFormatOptions,
  addSourceOptions,
  numberOf,
  open,
  redactionOf,
  warn,
} from './shared-options.ts';
import type { ReadOptions } from './shared-options.ts';

type WatchCommandOptions = ReadOptions & FlagValues & { readonly since?: string; readonly limit?: string };

/** Events that may wait for a slow reader of the output. */
const LIMIT = 1_000_000;

/** `swarmstate watch`: what changes, as it changes. */
export const command: CliCommand = {
  define(declared) {
    declared
      .argument('[KIND]', 'only the changes of this kind')
      .argument('[SOURCE...]')
      .option('--since <version>', 'begin with what came after this version')
      .option('--limit <n>', 'end after so many changes');
    addFormatOptions(declared);
    addFilterOptions(declared);
    addSourceOptions(declared);
    declared.addHelpText(
      'after',
      examples(
        ['the tasks of a service as they come and go', 'watch tasks --service web'],
        ['each change as a line of JSON', 'watch tasks --json lmdb:./data'],
        ['what happened after a version, and goes on', 'watch --since 1200 etcd://10.0.0.1:2379/prod'],
      ),
    );
  },

  async run({ terminal, words, options: given }) {
    const options = given as WatchCommandOptions;
    const format = formatOf(options);
    const since = numberOf('--since', options.since);
    const limit = numberOf('--limit', options.limit) ?? Infinity;
    const redaction = redactionOf(terminal, options);
    const [kind] = words.flatMap((word) => kindOf(word) ?? []);
    const sources = words.filter((word) => kindOf(word) === undefined);
    const source = await open(terminal, sources, options);
    const silent = source.onNotice?.((text) => warn(terminal, text));
    try {
      if (!source.live && source.log === undefined) throw usage(`${source.name} does not change; ls shows it`);
      const watcher = await start(source, kind, options, since, terminal.signal);
      const paint = painter(hasColors(terminal, terminal.stdout));
      const last = source.live ? undefined : source.store.version?.index;
      let count = 0;
      if (limit === 0) return ExitCode.OK;
      for await (const { version, reset, events } of watcher.commits()) {
        if (reset === true) warn(terminal, 'the contents were read again; changes between may be missing');
        for (const event of events) {
          const text = await eventText(terminal, format, version?.index, changeOf(event), { redaction, paint });
          await print(terminal, terminal.stdout, text);
          count += 1;
          if (count >= limit) return ExitCode.OK;
        }
        if (last !== undefined && (version?.index ?? 0) >= last) return ExitCode.OK;
      }
      terminal.signal.throwIfAborted();
    } finally {
      silent?.();
      await source.close();
    }
    return ExitCode.OK;
  },
};

/** Starts the watcher. A source that does not change has its past alone, from the beginning where none is named. */
async function start(
  source: Source,
  kind: Kind | undefined,
  options: FlagValues,
  since: number | undefined,
  signal: AbortSignal,
): Promise<Watcher> {
  const { store } = source;
  const from = since ?? (source.live ? undefined : (await source.log?.base())?.version);
  const events: Selector[] = store.view((tx) =>
    (kind === undefined ? kinds : [kind]).map((each): Selector => ({ kind: each, ...selectionOf(tx, each, options) })),
  );
  // The end of the past is a commit, which may have no change of that kind.
  if (!source.live) events.push({ action: 'commit' });
  const watching: WatchOptions = { events, signal, limit: LIMIT };
  return from === undefined ? store.watch(watching) : store.watchFrom({ index: from }, watching);
}

function changeOf(event: ObjectEvent): ObjectChange {
  const { action, kind, object } = event as Exclude<StoreEvent, { readonly action: 'commit' }>;
  return { action, kind, object, before: event.oldObject };
}

async function eventText(
  { now }: Terminal,
  format: Format,
  version: number | undefined,
  change: ObjectChange,
  {
    redaction,
    paint,
  }: { readonly redaction: Parameters<typeof changeText>[1]; readonly paint: Parameters<typeof changeText>[2] },
): Promise<string> {
  if (format === 'text') {
    const time = new Date(now()).toISOString().slice(11, 19);
    const at = version === undefined ? `${time} ` : `${time} ${version} `;
    return `${paint('dim', at)} ${changeText(change, redaction, paint)}\n`;
  }
  const json = {
    ...(version === undefined ? {} : { version: String(version) }),
    ...changeJson(change, redaction),
  };
  // A stream has no end: each change is a value of its own.
  return format === 'yaml' ? `---\n${await valueText('yaml', json)}` : valueText('jsonl', json);
}
