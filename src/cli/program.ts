import { Command, CommanderError } from 'commander';
import type { CliCommand } from './commands/command.ts';
import { describeFailure, ExitCode } from './terminal/failure.ts';
import { BrokenPipe, hasColors } from './terminal/terminal.ts';
import type { Terminal } from './terminal/terminal.ts';

interface Lazy {
  readonly about: string;
  readonly load: () => Promise<{ readonly command: CliCommand }>;
}

/** The commands. Only the one that runs is loaded. */
const commands: Readonly<Record<string, Lazy>> = {
  ui: { about: 'open a page about a source', load: () => import('./commands/ui.ts') },
  ls: { about: 'list the objects of a kind', load: () => import('./commands/ls.ts') },
  get: { about: 'show one object, whole', load: () => import('./commands/get.ts') },
  watch: { about: 'show what changes, as it changes', load: () => import('./commands/watch.ts') },
  log: { about: 'show the entries of a log, with what they did', load: () => import('./commands/log.ts') },
  diff: { about: 'compare two sources, or two versions of one', load: () => import('./commands/diff.ts') },
  verify: { about: 'check that a source is whole and consistent', load: () => import('./commands/verify.ts') },
  convert: { about: 'write contents as a snapshot, JSON or YAML', load: () => import('./commands/convert.ts') },
  serve: { about: 'serve a source to other processes', load: () => import('./commands/serve.ts') },
  'bench-store': { about: 'measure the store on this machine', load: () => import('./commands/bench-store.ts') },
  completion: { about: 'print the completions of a shell', load: () => import('./commands/completion.ts') },
};

/** Runs the command line of a terminal. Resolves to the exit code; never rejects. */
export async function runProgram(terminal: Terminal, version: string): Promise<ExitCode> {
  try {
    return await runCommand(terminal, version);
  } catch (error) {
    const { signal, stderr } = terminal;
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
    if (signal.aborted) return signal.reason instanceof BrokenPipe ? ExitCode.BROKEN_PIPE : ExitCode.INTERRUPTED;
    const { exitCode, text } = describeFailure(error);
    stderr.write(`swarmstate: ${text}\n`);
    return exitCode;
  }
}

async function runCommand(terminal: Terminal, version: string): Promise<ExitCode> {
  const program = await programOf(terminal, version, nameOf(terminal.args));
  let run: Promise<ExitCode> | undefined;
  program.declared?.action(() => {
    const { command, declared } = program;
    if (command !== undefined && declared !== undefined)
      run = command.run({
        terminal,
        words: declared.args,
        options: declared.opts(),
        programs: () => allCommands(terminal),
      });
  });
  program.root.parse([...terminal.args], { from: 'user' });
  return (await run) ?? ExitCode.OK;
}

interface Program {
  readonly root: Command;
  /** The command that the arguments name, with all its options; undefined where they name none. */
  readonly declared: Command | undefined;
  readonly command: CliCommand | undefined;
}

/** The program with its commands. Only the one of that name has options. */
async function programOf(terminal: Terminal, version: string, name: string | undefined): Promise<Program> {
  const { stdout, stderr } = terminal;
  const root = new Command('swarmstate')
    .description('Looks into the state of a cluster: a Docker Swarm, a replicated store, a snapshot.')
    .version(version, '-V, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 80,
      getErrHelpWidth: () => stderr.columns ?? 80,
      getOutHasColors: () => hasColors(terminal, stdout),
      getErrHasColors: () => hasColors(terminal, stderr),
      outputError: (text, write) => write(text.replace(/^error: /, 'swarmstate: ')),
    })
    .showSuggestionAfterError()
    .addHelpText('after', '\nswarmstate COMMAND --help says more, with examples.');
  let chosen: Pick<Program, 'declared' | 'command'> = { declared: undefined, command: undefined };
  for (const [each, { about, load }] of Object.entries(commands)) {
    const declared = root.command(each).description(about).copyInheritedSettings(root).allowExcessArguments();
    if (each !== name) continue;
    const { command } = await load();
    command.define(declared);
    chosen = { declared, command };
  }
  return { root, ...chosen };
}

/** All commands with all their options, for completions. */
async function allCommands(terminal: Terminal): Promise<readonly Command[]> {
  const names = Object.keys(commands);
  const programs = await Promise.all(names.map((name) => programOf(terminal, '', name)));
  return programs.flatMap(({ declared }) => declared ?? []);
}

/** The command that the arguments name: the first word, or the word behind `help`. */
function nameOf(args: readonly string[]): string | undefined {
  const words = args.filter((arg) => !arg.startsWith('-'));
  return words[0] === 'help' ? words[1] : words[0];
}
