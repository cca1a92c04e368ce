import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all } from 'swarmstate';
import { importCompose } from '../../examples/orchestrator/compose/import-compose.ts';
import type { Stack } from '../../examples/orchestrator/compose/import-compose.ts';
import { ComposeError } from '../../examples/orchestrator/compose/problems.ts';
import type { Problem } from '../../examples/orchestrator/compose/problems.ts';
import { deployStack } from '../../examples/orchestrator/deploy-stack.ts';

// The files are written in the style of what people publish. Comments at their beginning say what to expect. `services`
// has the names in the cluster, `env` the environment, `warns` and `error` the beginning of each problem.

const root = join(__dirname, 'compose-files');

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yaml'))
    .map((path) => join(folder, path))
    .toSorted();
}

const good = ['apps', 'syntax', 'swarm', 'merged'].flatMap(filesIn);
const broken = filesIn('broken');

function expectations(text: string, word: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^# ${word}: (.*)$`, 'gm'))].map(([, rest = '']) => rest);
}

function environmentOf(text: string): Readonly<Record<string, string>> {
  const pairs = expectations(text, 'env').flatMap((line) => line.split(' '));
  return Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
}

function load(path: string): { readonly stack: Stack; readonly warnings: readonly Problem[] } {
  const text = readFileSync(join(root, path), 'utf8');
  return importCompose(text, {
    file: path,
    readFile: (other) => readFileSync(resolve(root, dirname(path), other)),
    environment: environmentOf(text),
  });
}

function problemsOf(path: string): readonly Problem[] {
  try {
    load(path);
  } catch (error) {
    if (error instanceof ComposeError) return error.problems;
    throw error;
  }
  return [];
}

function lines(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ file, line, column, message }) =>
    [...(file === undefined ? [] : [file]), line, `${column} ${message}`].join(':'),
  );
}

/** Checks that there are as many problems as expected, and that each begins as expected. */
function expectBeginnings(actual: readonly string[], beginnings: readonly string[]): void {
  expect(actual.map((text, index) => text.slice(0, beginnings[index]?.length ?? Infinity))).toEqual(beginnings);
}

describe('Compose files as people publish them', () => {
  test('[L25] there are at least 40 of them', () => {
    expect(good.length).toBeGreaterThanOrEqual(40);
  });

  test.each(good)('[L25] %s is taken, and the store takes its objects', async (path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const { stack, warnings } = load(path);
    expectBeginnings(
      lines(warnings.filter(({ message }) => !message.includes('has no effect here'))),
      expectations(text, 'warns'),
    );
    const store = new MemoryStore();
    await store.update((tx) => deployStack(tx, stack));
    const names = expectations(text, 'services').flatMap((line) => line.split(', '));
    expect(stack.services.map(({ spec }) => spec?.annotations?.name)).toEqual(names);
    expect(store.view((tx) => tx.services.find(all).map(({ spec }) => spec.task.container?.image))).not.toContain('');
  });

  test.each(broken)('[L26] %s is refused, with the place of each problem and without a stack trace', (path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const errors = problemsOf(path).filter(({ severity }) => severity === 'error');
    expectBeginnings(lines(errors), expectations(text, 'error'));
    for (const { message } of errors) expect(message).not.toContain(relative(process.cwd(), __dirname));
  });
});
