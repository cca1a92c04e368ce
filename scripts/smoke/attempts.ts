import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A program of a user, run on one platform. */
export interface Attempt {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** The folder to run in, below the project's. */
  readonly folder?: string;
  /** The end of what it prints. */
  readonly prints: RegExp;
}

/** A platform that this machine does not have. */
interface Missing {
  readonly name: string;
  readonly reason: string;
}

/** The runtimes: the folder of their package in node_modules, and the program in there. */
const runtimes: readonly { readonly name: string; readonly path: string }[] = [
  { name: 'Node.js 20', path: 'node-20/bin/node' },
  { name: 'Node.js 22', path: 'node-22/bin/node' },
  { name: 'Node.js 24', path: 'node-24/bin/node' },
  { name: 'Node.js 25', path: 'node-25/bin/node' },
  { name: 'Bun', path: '@oven/bun-linux-x64-baseline/bin/bun' },
  { name: 'Deno', path: '@deno/linux-x64-glibc/deno' },
];

const works = /^works\s*$/;

/**
 * The attempts in `project`, a folder with the package and the tools installed, and the platforms that are missing
 * there. Test runners run in the Node.js of this process.
 */
export function attemptsIn(project: string): {
  readonly attempts: readonly Attempt[];
  readonly missing: readonly Missing[];
} {
  const attempts: Attempt[] = [];
  const missing: Missing[] = [];
  for (const { name, path } of runtimes) {
    const program = join(project, 'node_modules', path);
    if (!existsSync(program)) {
      missing.push({
        name,
        reason: `its package is for Linux on x64: run ${name} with scripts/smoke/project yourself`,
      });
      continue;
    }
    if (name === 'Deno') {
      const allowed = ['--allow-env', '--allow-read', '--allow-write', '--allow-sys=hostname'];
      attempts.push({ name, program, args: ['run', '--no-remote', ...allowed, 'import.mjs'], prints: works });
      continue;
    }
    for (const file of ['import.mjs', 'require.cjs']) {
      attempts.push({ name: `${name}, ${file.replace(/\..*/, '')}`, program, args: [file], prints: works });
    }
  }
  const tool = (path: string, ...args: readonly string[]): Pick<Attempt, 'program' | 'args'> => ({
    program: process.execPath,
    args: [join(project, 'node_modules', path), ...args],
  });
  attempts.push(
    { name: 'vitest', folder: 'vitest', ...tool('vitest/vitest.mjs', 'run'), prints: /Tests +1 passed/ },
    {
      name: 'jest with its defaults',
      folder: 'jest',
      ...tool('jest/bin/jest.js'),
      prints: /Tests: +1 passed, 1 total/,
    },
    { name: 'jest with ts-jest', folder: 'ts-jest', ...tool('jest/bin/jest.js'), prints: /Tests: +1 passed, 1 total/ },
  );
  return { attempts, missing };
}
