import { kinds } from '../../model/schema/kinds.ts';
import type { Redaction } from '../../readable/redact.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { JsonValue } from '../../wire/values/types.ts';
import { formatOf, listText, objectJson } from '../output/format.ts';
import { changeText, fieldText, shownFields } from '../output/object-change.ts';
import type { ObjectChange } from '../output/object-change.ts';
import { painter } from '../output/paint.ts';
import { kindOf } from '../query/kind-names.ts';
import { contentsAt, contentsOf } from '../sources/timeline.ts';
import type { Contents } from '../sources/timeline.ts';
import { ExitCode, usage } from '../terminal/failure.ts';
import { hasColors, print } from '../terminal/terminal.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { examples } from './command.ts';
import type { CliCommand } from './command.ts';
import { addFormatOptions, addSourceOptions, numberOf, open, redactionOf } from './shared-options.ts';
import type { ReadOptions } from './shared-options.ts';

type DiffOptions = ReadOptions & { readonly since?: string; readonly until?: string };

/** `swarmstate diff`: what was created, changed and deleted between two sources or versions. */
export const command: CliCommand = {
  define(declared) {
    declared
      .argument('[KIND]', 'only objects of this kind')
      .argument('[A]', 'a source')
      .argument('[B]', 'another source; without it, give --since')
      .option('--since <version>', 'compare A at this version …')
      .option('--until <version>', '… with A at this one, or now');
    addFormatOptions(declared);
    addSourceOptions(declared);
    declared.addHelpText(
      'after',
      `${examples(
        ['two backups', 'diff monday.snapshot tuesday.snapshot'],
        ['a backup with the running swarm', 'diff backup.snapshot unix:///run/docker/swarm/control.sock'],
        ['what changed since a version, in tasks', 'diff tasks lmdb:./data --since 1200'],
      )}\nEnds with 1 where there are differences, and with 0 where there are none.`,
    );
  },

  async run({ terminal, words, options: given }) {
    const options = given as DiffOptions;
    const format = formatOf(options);
    const redaction = redactionOf(terminal, options);
    const asked = words.flatMap((word) => kindOf(word) ?? []);
    const sources = words.filter((word) => kindOf(word) === undefined);
    const [before, after] = await sidesOf(terminal, sources, options);
    const changes = [...changesBetween(asked.length === 0 ? kinds : asked, before, after)];
    const { stdout } = terminal;
    if (format !== 'text') {
      for await (const text of listText(format, jsonOf(changes, redaction))) await print(terminal, stdout, text);
    } else {
      const paint = painter(hasColors(terminal, stdout));
      for (const change of changes) {
        // One line for the object, and one for each of its fields.
        await print(terminal, stdout, `${changeText({ ...change, before: undefined }, redaction, paint)}\n`);
        for (const field of fieldsOf(change, redaction)) await print(terminal, stdout, `  ${fieldText(field)}\n`);
      }
    }
    return changes.length === 0 ? ExitCode.OK : ExitCode.FOUND;
  },
};

/** Both contents, with their secrets: a secret that differs is named, and not shown. */
async function sidesOf(
  terminal: Terminal,
  sources: readonly string[],
  options: DiffOptions,
): Promise<readonly [Contents, Contents]> {
  const since = numberOf('--since', options.since);
  const until = numberOf('--until', options.until);
  const contents = async (words: readonly string[], version?: number): Promise<Contents> => {
    const source = await open(terminal, words, options, false);
    try {
      return version === undefined ? contentsOf(source.store.save()) : await contentsAt(source, version);
    } finally {
      await source.close();
    }
  };
  if (since === undefined) {
    const [first, second, ...others] = sources;
    if (until !== undefined) throw usage('give --since with --until');
    if (first === undefined || second === undefined || others.length > 0)
      throw usage('give two sources, or one source and --since');
    return [await contents([first]), await contents([second])];
  }
  return [await contents(sources, since), await contents(sources, until)];
}

function* changesBetween(asked: readonly Kind[], before: Contents, after: Contents): Generator<ObjectChange, void> {
  for (const kind of asked) {
    const old = before.get(kind) ?? new Map<string, Kinds[Kind]>();
    const now = after.get(kind) ?? new Map<string, Kinds[Kind]>();
    for (const id of [...new Set([...old.keys(), ...now.keys()])].sort()) {
      const left = old.get(id);
      const right = now.get(id);
      if (left === undefined && right !== undefined) yield { action: 'create', kind, object: right };
      else if (left !== undefined && right === undefined) yield { action: 'delete', kind, object: left };
      else if (left !== undefined && right !== undefined && left !== right) {
        if (shownFields(kind, left, right, false, false).length > 0)
          yield { action: 'update', kind, object: right, before: left };
      }
    }
  }
}

function fieldsOf({ kind, object, before }: ObjectChange, redaction: Redaction): ReturnType<typeof shownFields> {
  return before === undefined ? [] : shownFields(kind, before, object, redaction, true);
}

function* jsonOf(changes: readonly ObjectChange[], redaction: Redaction): Generator<JsonValue, void> {
  for (const { action, kind, object, before } of changes) {
    if (before === undefined) yield { action, kind, object: objectJson(kind, object, redaction) };
    else {
      const fields = shownFields(kind, before, object, redaction, false).map((field) =>
        field.before === undefined && field.after === undefined
          ? { path: field.path, secret: true }
          : (Object.fromEntries(Object.entries(field).filter(([, value]) => value !== undefined)) as JsonValue),
      );
      yield { action, kind, id: object.id, fields };
    }
  }
}
