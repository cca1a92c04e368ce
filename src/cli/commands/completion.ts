import type { Command } from 'commander';
import { kindWords } from '../query/kind-names.ts';
import { ExitCode, usage } from '../terminal/failure.ts';
import { print } from '../terminal/terminal.ts';
import { completionOf } from '../output/completion.ts';
import type { CompletedCommand } from '../output/completion.ts';
import { examples } from './command.ts';
import type { CliCommand } from './command.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

/** `swarmstate completion`: a script for a shell, made from the commands. */
export const command: CliCommand = {
  define(declared) {
    declared.argument('<SHELL>', shells.join(', '));
    declared.addHelpText(
      'after',
      examples(
        ['bash: in ~/.bashrc', 'completion bash >> ~/.bashrc'],
        ['zsh: in a folder of $fpath', 'completion zsh > ~/.zfunc/_swarmstate'],
        ['fish', 'completion fish > ~/.config/fish/completions/swarmstate.fish'],
      ),
    );
  },

  async run({ terminal, words, programs }) {
    const shell = shells.find((each) => each === words[0]);
    if (shell === undefined) throw usage(`name a shell: ${shells.join(', ')}`);
    await print(terminal, terminal.stdout, completionOf(shell, (await programs()).map(completed), kindWords));
    return ExitCode.OK;
  },
};

function completed(command: Command): CompletedCommand {
  return {
    name: command.name(),
    about: command.description(),
    takesKind: command.registeredArguments.some((argument) => argument.name() === 'KIND'),
    options: command.options.flatMap(({ long, description, argChoices, required }) =>
      typeof long !== 'string'
        ? []
        : [{ flag: long, about: description, takesValue: required, values: argChoices ?? [] }],
    ),
  };
}
