import { readFileSync } from 'node:fs';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Redaction } from '../../readable/redact.ts';
import { tableNames } from '../../model/schema/kinds.ts';
import { allFinderFlags } from '../query/finder-flags.ts';
import { kindOf, kindWords } from '../query/kind-names.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import type { FormatOptions } from '../output/format.ts';
import { openSource } from '../sources/open-source.ts';
import { sourceForms } from '../sources/place.ts';
import type { OpenOptions, Source } from '../sources/source.ts';
import { plainText } from '../terminal/plain-text.ts';
import { usage } from '../terminal/failure.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** The options about sources, of every command that reads one. */
export interface SourceOptions {
  readonly showSecrets?: boolean;
  readonly unlockKeyFile?: string;
  readonly tail?: 'certain' | 'all';
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecure?: boolean;
  readonly keyRing?: string;
  readonly tokenFile?: string;
}

/** Declares {@link SourceOptions}. */
export function addSourceOptions(command: Command): void {
  command
    .optionsGroup('Options of the source:')
    .option('--show-secrets', 'show what is secret; only where the output is a terminal')
    .option('--unlock-key-file <file>', 'a file with the unlock key of a swarm with autolock')
    .addOption(
      new Option('--tail <which>', 'of a state folder: also entries that may not be committed').choices([
        'certain',
        'all',
      ]),
    )
    .option('--ca <file>', 'the certificate authority of a manager or server')
    .option('--cert <file>', 'the certificate to show')
    .option('--key <file>', 'the key of that certificate')
    .option('--insecure', 'do not check who answers')
    .option('--key-ring <file>', 'the keys of an encrypted log, as JSON')
    .option('--token-file <file>', 'the token of a server')
    .optionsGroup('Options:')
    .addHelpText(
      'after',
      `\nSources:\n${sourceForms.map(([form, about]) => `  ${form}\n      ${about}`).join('\n')}
  Without one: $SWARMSTATE_SOURCE, else the manager on this machine.`,
    );
}

/** Declares the options of a format. */
export function addFormatOptions(command: Command): void {
  command
    .option('--json', 'write JSON')
    .option('--jsonl', 'write a line of JSON for each object')
    .option('--yaml', 'write YAML');
}

/** Declares a filter for each finder of each table. They come from the declarations of the tables. */
export function addFilterOptions(command: Command): void {
  command.optionsGroup('Filters (a filter that is given twice means either; different filters mean both):');
  for (const { flag, placeholder, kinds } of allFinderFlags()) {
    const takers = kinds.length === kindWords.length ? 'all kinds' : kinds.map((kind) => tableNames[kind]).join(', ');
    command.option(`--${flag} <${placeholder}>`, takers, collect);
  }
  command.option('--label <NAME[=VALUE]>', 'all kinds', collect).optionsGroup('Options:');
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** Which fields are emptied. Throws a usage error where secrets would be shown to something else than a terminal. */
export function redactionOf({ stdout }: Terminal, { showSecrets }: SourceOptions): Redaction {
  if (showSecrets !== true) return true;
  if (stdout.isTTY === true) return false;
  throw usage('--show-secrets writes to a terminal only: the output is a file or another program');
}

/** Opens the source that the words name, and tells its warnings. */
export async function open(
  terminal: Terminal,
  words: readonly string[],
  options: SourceOptions,
  redact: Redaction = redactionOf(terminal, options),
): Promise<Source> {
  const { unlockKeyFile, tail, ca, cert, key, insecure, keyRing, tokenFile } = options;
  const unlockKey = unlockKeyFile === undefined ? undefined : readFileSync(unlockKeyFile, 'utf8').trim();
  const opening: OpenOptions = { redact, unlockKey, tail, ca, cert, key, insecure, keyRing, tokenFile };
  const usual = terminal.env['SWARMSTATE_SOURCE'] ?? '';
  const source = await openSource(terminal, words.length === 0 && usual !== '' ? [usual] : words, opening);
  for (const warning of source.warnings) warn(terminal, warning);
  return source;
}

/** Writes a line to standard error. */
export function warn({ stderr }: Terminal, text: string): void {
  stderr.write(`swarmstate: ${plainText(text)}\n`);
}

/** The words of a command line taken apart: a kind, what follows it, and sources. */
export interface KindWords {
  readonly kind: Kind;
  readonly id: string | undefined;
  readonly sources: readonly string[];
}

/**
 * Finds the kind among the words: `ls tasks SOURCE` and `ls SOURCE tasks` are the same. With `withId` the word behind
 * the kind is an id. Throws a usage error.
 */
export function kindWordsOf(words: readonly string[], withId = false): KindWords {
  const at = words.findIndex((word) => kindOf(word) !== undefined);
  const kind = at < 0 ? undefined : kindOf(words[at] ?? '');
  if (kind === undefined) throw usage(`name a kind: ${kindWords.join(', ')}`);
  const id = withId ? words[at + 1] : undefined;
  if (withId && id === undefined) throw usage(`give the id or the name behind ${words[at] ?? ''}`);
  return { kind, id, sources: words.filter((_, position) => position !== at && !(withId && position === at + 1)) };
}

/** The options of {@link addFormatOptions} and {@link addSourceOptions}. */
export type ReadOptions = SourceOptions & FormatOptions;

/** A whole number of an option. Throws a usage error. */
export function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw usage(`${option} takes a whole number, not '${text}'`);
}
