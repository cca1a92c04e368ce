import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TaskState } from 'swarmstate';
import { fill, TestFolder } from './support/cluster.ts';
import { runCommand } from './support/run-command.ts';

interface Example {
  readonly line: string;
  readonly output: string;
}

/** The command lines in the `console` blocks of the page, each with the lines that follow it. */
const examples: readonly Example[] = [
  ...readFileSync(join(__dirname, '../../docs/cli.md'), 'utf8').matchAll(/^```console\n([^]*?)^```$/gm),
].flatMap(([, block = '']) =>
  block
    .split(/^\$ swarmstate /m)
    .slice(1)
    .map((text) => ({ line: text.slice(0, text.indexOf('\n')), output: text.slice(text.indexOf('\n') + 1) })),
);

const folder = new TestFolder();
beforeAll(async () => {
  await folder.snapshot();
  await folder.snapshot('later.snapshot', (tx) => {
    fill(tx);
    tx.nodes.create({ id: 'node2', description: { hostname: 'host-2' } });
    tx.tasks.delete('task-web-2');
    tx.tasks.modify('task-web-1', (task) => {
      task.status.state = TaskState.FAILED;
      task.status.err = 'no space left';
    });
  });
});
afterAll(() => folder.remove());

test.each(examples)('[U14] the example in docs/cli.md prints what stands there: $line', async ({ line, output }) => {
  const args = line.split(' ').map((word) => (/^\w+\.snapshot$/.test(word) ? folder.file(word) : word));
  const { output: printed } = await runCommand(args);
  expect(printed.replaceAll(`${folder.path}/`, '')).toBe(output);
});
