import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../repository/repository.ts';
import type { JestAnswer, JestOrder } from './jest-messages.ts';

/** Runs tests in a process that is used again where nothing speaks against it. */
export class JestRunner {
  #child: ChildProcess | undefined;

  /** Runs tests. Undefined when the process ended, or when the tests took longer than `limitMs`. */
  async run(order: JestOrder, limitMs?: number): Promise<JestAnswer | undefined> {
    const child = (this.#child ??= start());
    const answer = await new Promise<JestAnswer | undefined>((resolve) => {
      const limit = limitMs === undefined ? undefined : setTimeout(ended, limitMs);
      function ended(): void {
        clearTimeout(limit);
        child.removeAllListeners();
        resolve(undefined);
      }
      child.once('exit', ended);
      child.once('message', (message) => {
        clearTimeout(limit);
        child.removeAllListeners();
        resolve(message as JestAnswer);
      });
      child.send(order);
    });
    if (answer === undefined || answer.left) this.close();
    return answer;
  }

  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}

function start(): ChildProcess {
  return fork(join(root, 'scripts/mutants/jest-process.ts'), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    // A change is noticed by a property's first failure; the smallest one is of no interest.
    env: { ...process.env, FC_END: 'first' },
  });
}
