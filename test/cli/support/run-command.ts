import { PassThrough, Readable, Writable } from 'node:stream';
import { expect } from '@jest/globals';
import { runProgram } from '../../../src/cli/program.ts';
import type { Terminal } from '../../../src/cli/terminal/terminal.ts';

/** The outcome of a command. */
export interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly bytes: Buffer;
  readonly errors: string;
}

/** The surroundings of a command in a test. */
export interface Surroundings {
  /** The columns of the terminal; without them, standard output is a pipe. */
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Called with each piece of the answer. */
  readonly onOutput?: (text: string) => void;
  readonly now?: () => number;
}

/** All commands of the tests run at this time. */
export const NOW: number = Date.UTC(2026, 0, 2, 12);

class Captured extends Writable {
  readonly chunks: Buffer[] = [];
  readonly isTTY: boolean;
  readonly columns: number;
  readonly #onText: (text: string) => void;

  constructor(columns: number | undefined, onText: (text: string) => void = () => undefined) {
    super();
    this.isTTY = columns !== undefined;
    this.columns = columns ?? 80;
    this.#onText = onText;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk);
    this.#onText(chunk.toString());
    done();
  }

  bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

/** Runs the command in this process. */
export async function runCommand(args: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
  const { columns, env = {}, input, signal = new AbortController().signal, onOutput, now = () => NOW } = surroundings;
  const stdout = new Captured(columns, onOutput);
  const stderr = new Captured(columns);
  const stdin = input === undefined ? new PassThrough() : Readable.from([Buffer.from(input)]);
  const terminal: Terminal = { args, stdin, stdout, stderr, env, now, signal };
  const code = await runProgram(terminal, '1.2.3');
  return { code, output: stdout.bytes().toString(), bytes: stdout.bytes(), errors: stderr.bytes().toString() };
}

/** The answer of a command that ends well. */
export async function output(...args: readonly string[]): Promise<string> {
  const { code, output: text, errors } = await runCommand(args);
  expect(errors).toBe('');
  expect(code).toBe(0);
  return text;
}

/** The lines of an answer. */
export function linesOf({ output: text }: Outcome): readonly string[] {
  return text.split('\n').slice(0, -1);
}

/** The values of an answer of one JSON value in each line. */
export function valuesOf(outcome: Outcome): readonly Record<string, unknown>[] {
  return linesOf(outcome).map((line) => JSON.parse(line) as Record<string, unknown>);
}
