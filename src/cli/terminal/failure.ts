import { plainText } from './plain-text.ts';

/** The exit codes of the command. `docs/cli.md` explains them. */
export const ExitCode = {
  /** Done. */
  OK: 0,
  /** `diff` found differences, or `verify` found problems. */
  FOUND: 1,
  /** The command line is wrong. */
  USAGE: 2,
  /** The source cannot be read, or the output cannot be written. */
  SOURCE: 3,
  /** There is no such object, or a name fits several. */
  NO_OBJECT: 4,
  /** A fault of this program. */
  FAULT: 70,
  /** Ended by Ctrl-C. */
  INTERRUPTED: 130,
  /** The reader of standard output has gone. */
  BROKEN_PIPE: 141,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** An error whose message is for the person at the terminal. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The error of a wrong command line. */
export function usage(message: string): CliError {
  return new CliError(ExitCode.USAGE, message);
}

/** The exit code and the text of any error. */
export function describeFailure(error: unknown): { readonly exitCode: ExitCode; readonly text: string } {
  if (error instanceof CliError) return { exitCode: error.exitCode, text: plainLines(error.message) };
  if (!(error instanceof Error)) return { exitCode: ExitCode.FAULT, text: plainText(String(error)) };
  const { code } = error as NodeJS.ErrnoException;
  // Errors of the package and of the system have a code and a message that says what to do.
  if (typeof code === 'string')
    return { exitCode: ExitCode.SOURCE, text: plainText(withCode(withPackage(error), code)) };
  return { exitCode: ExitCode.FAULT, text: plainLines(error.stack ?? error.message) };
}

/** A message that asks for a package says how npx brings it: a package that is installed beside is not found there. */
function withPackage(error: Error): string {
  const { packageName } = error as { readonly packageName?: unknown };
  if (typeof packageName !== 'string') return error.message;
  const advice = `npm install ${packageName}`;
  return error.message.replace(
    advice,
    `${advice} beside swarmstate, or npx -p swarmstate -p ${packageName} swarmstate …`,
  );
}

/**
 * A message with its code, once: errors of the package may have it several times, and those of the system begin with
 * it.
 */
function withCode(message: string, code: string): string {
  const text = message.replaceAll(` [${code}]`, '');
  return text.includes(code) ? text : `${text} (${code})`;
}

/** The lines of a text, each harmless. A text of the cluster in an error has to be made one line before. */
function plainLines(text: string): string {
  return text
    .split('\n')
    .map((line) => `${' '.repeat(line.length - line.trimStart().length)}${plainText(line.trimStart())}`)
    .join('\n');
}
