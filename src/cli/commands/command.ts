import type { Command } from 'commander';
import type { ExitCode } from '../terminal/failure.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** One run of a command: its words and options, as they were parsed. */
export interface Invocation {
  readonly terminal: Terminal;
  /** The words that are no options. */
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  /** All commands with their options; loads them all. */
  readonly programs: () => Promise<readonly Command[]>;
}

/** A command of the program. */
export interface CliCommand {
  /** Declares arguments, options and examples. */
  define(command: Command): void;
  run(invocation: Invocation): Promise<ExitCode>;
}

/** The examples of a command, as the end of its help. */
export function examples(...lines: readonly (readonly [about: string, line: string])[]): string {
  return `\nExamples:\n${lines.map(([about, line]) => `  # ${about}\n  swarmstate ${line}`).join('\n\n')}\n`;
}
