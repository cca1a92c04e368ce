import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** Where the figures of a full run are kept, and what the report is made of. */
export const resultsPath: string = join(root, 'docs/performance/results.json');

/** The figures of one name, one for each round. */
export interface Samples {
  readonly suite: string;
  readonly contender: string;
  readonly size: number;
  readonly figure: string;
  readonly values: number[];
}

export interface Results {
  readonly date: string;
  readonly commit: string;
  readonly quick: boolean;
  readonly rounds: number;
  readonly node: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memory: string;
    readonly platform: string;
  };
  readonly versions: Readonly<Record<string, string>>;
  readonly samples: readonly Samples[];
}

/** What the figures depend on besides the code. */
export function circumstances(): Omit<Results, 'quick' | 'rounds' | 'samples'> {
  const [cpu] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commitOf(),
    node: process.version,
    machine: {
      cpu: cpu?.model ?? 'unknown',
      cores: cpus().length,
      memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
      platform: `${process.platform} ${process.arch}`,
    },
    versions: versions(),
  };
}

export function readResults(): Results {
  return JSON.parse(readFileSync(resultsPath, 'utf8')) as Results;
}

export function writeResults(results: Results): void {
  mkdirSync(dirname(resultsPath), { recursive: true });
  const { samples, ...rest } = results;
  // A line for each series keeps the differences between two runs readable.
  const lines = samples.map(
    (sample) =>
      `    ${JSON.stringify({ ...sample, values: sample.values.map((value) => Number(value.toPrecision(4))) })}`,
  );
  const head = JSON.stringify(rest, undefined, 2).replace(/\n}$/, '');
  writeFileSync(resultsPath, `${head},\n  "samples": [\n${lines.join(',\n')}\n  ]\n}\n`);
}

function commitOf(): string {
  try {
    const git = (...given: string[]): string => execFileSync('git', given, { cwd: root, encoding: 'utf8' }).trim();
    return (
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--', 'src') === '' ? '' : ' and changes')
    );
  } catch {
    return 'unknown';
  }
}

function versions(): Record<string, string> {
  const read = (path: string): { readonly version: string; readonly dependencies?: Readonly<Record<string, string>> } =>
    JSON.parse(readFileSync(join(root, path), 'utf8')) as { version: string };
  const { dependencies = {} } = read('bench/package.json');
  return { swarmstate: read('package.json').version, ...dependencies };
}
