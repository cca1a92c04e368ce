import { findOne } from '../query/find-one.ts';
import { formatOf, objectJson, valueText } from '../output/format.ts';
import { ExitCode } from '../terminal/failure.ts';
import { print } from '../terminal/terminal.ts';
import { examples } from './command.ts';
import type { CliCommand } from './command.ts';
import { addFormatOptions, addSourceOptions, kindWordsOf, open, redactionOf } from './shared-options.ts';
import type { ReadOptions } from './shared-options.ts';

/** `swarmstate get`: one object, whole. */
export const command: CliCommand = {
  define(declared) {
    declared
      .usage('[options] <KIND> <ID> [SOURCE...]')
      .argument('[KIND]', 'node, service, task, network, secret, config …')
      .argument('[ID]', 'an id, the beginning of one, or a name')
      .argument('[SOURCE...]');
    addFormatOptions(declared);
    addSourceOptions(declared);
    declared.addHelpText(
      'after',
      examples(
        ['a service by its name, as YAML', 'get service web'],
        ['a task by the beginning of its id', 'get task 8b1xq lmdb:./data --json'],
      ),
    );
  },

  async run({ terminal, words, options: given }) {
    const options = given as ReadOptions;
    const { kind, id = '', sources } = kindWordsOf(words, true);
    const format = formatOf(options);
    const redaction = redactionOf(terminal, options);
    const source = await open(terminal, sources, options);
    try {
      const object = source.store.view((tx) => findOne(tx, kind, id));
      const json = objectJson(kind, object, redaction);
      // People read YAML more easily than anything else that has all of an object.
      await print(terminal, terminal.stdout, await valueText(format === 'text' ? 'yaml' : format, json));
    } finally {
      await source.close();
    }
    return ExitCode.OK;
  },
};
