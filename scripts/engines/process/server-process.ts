import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const running = new Set<ChildProcess>();
// A test run that is broken off leaves no server behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** How a server is started. */
export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Beside the PATH, which every server gets. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A server in a process of its own. After a kill the server can be started again, with the data that it had. */
export class ServerProcess {
  readonly #command: ServerCommand;
  #child: ChildProcess | undefined;

  constructor(command: ServerCommand) {
    this.#command = command;
  }

  /** True from the start until the process is killed or ends by itself. */
  get isRunning(): boolean {
    const child = this.#child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  start(): void {
    const { program, args, env } = this.#command;
    const child = spawn(program, args, { stdio: 'ignore', env: { PATH: process.env['PATH'], ...env } });
    this.#child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
  }

  /** Keeps the server from answering, with its connections open, until it goes on. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  goOn(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Ends the process without a warning, also one that is paused. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.isRunning) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
