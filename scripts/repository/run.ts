import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './repository.ts';

/** The result of a program that ran to its end. */
export interface Finished {
  readonly code: number | null;
  /** Standard output alone. */
  readonly stdout: string;
  /** Both streams as they came. */
  readonly output: string;
}

/** No program of a check takes longer; one that hangs is stopped, and its check fails. */
const timeLimitMilliseconds = 600_000;

/** How to run a program. */
interface RunOptions {
  /** The root of the repository where not given. */
  readonly cwd?: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Runs a program, without a shell and without input, and waits for its end. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? root,
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', ...options.env },
      timeout: options.timeoutMs ?? timeLimitMilliseconds,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout, output: output.trim() });
    });
  });
}

/** Runs a script of an installed package, given by its path in node_modules, under this Node. */
export function runTool(
  script: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<Finished> {
  return run(process.execPath, [join(root, 'node_modules', script), ...args], options);
}

/** The output of a program that failed, headed by advice; nothing when it succeeded. */
export function problemsOf(finished: Finished, advice: string): readonly string[] {
  if (finished.code === 0) return [];
  const end = finished.code === null ? 'it was stopped: it took too long' : `exit code ${String(finished.code)}`;
  return [`${advice}\n${finished.output === '' ? `(no output; ${end})` : finished.output}`];
}
