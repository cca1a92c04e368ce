import { createInterface } from 'node:readline';

/** Asks a yes-or-no question. No answer within `limit` milliseconds is a no, and so is every answer other than yes. */
export function ask(question: string, limit: number): Promise<boolean> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin, output: process.stdout });
    const end = (answer: boolean): void => {
      clearTimeout(timer);
      lines.close();
      resolve(answer);
    };
    const timer = setTimeout(() => {
      process.stdout.write('\n');
      end(false);
    }, limit);
    lines.on('SIGINT', () => {
      lines.close();
      process.kill(process.pid, 'SIGINT');
    });
    lines.on('close', () => end(false));
    lines.question(`${question} [y/N] `, (answer) => end(/^\s*y(?:es)?\s*$/i.test(answer)));
  });
}
