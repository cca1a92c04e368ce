import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A profile as Node writes it: samples that name a node each, and the microseconds between them. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const folder = resolve(import.meta.dirname, '../profiles');
const SHOWN = 20;

/** The folder of profiles, empty. */
export function profileFolder(): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  return folder;
}

/** The options that have a process of Node write its profile. */
export function profileOptions(into: string, name: string): readonly string[] {
  return [
    '--cpu-prof',
    '--cpu-prof-interval=200',
    `--cpu-prof-dir=${into}`,
    `--cpu-prof-name=${name.replace(/[^\w-]+/g, '-')}.cpuprofile`,
  ];
}

/**
 * The functions in which most time was spent themselves, for each profile in a folder. Setting up and warming up are in
 * it.
 */
export function profileSummaries(from: string): string {
  const files = readdirSync(from).filter((name) => name.endsWith('.cpuprofile'));
  return files
    .map((name) => `\n${join(from, name)}\n${summary(JSON.parse(readFileSync(join(from, name), 'utf8')) as Profile)}`)
    .join('\n');
}

function summary({ nodes, samples, timeDeltas }: Profile): string {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const own = new Map<string, number>();
  let total = 0;
  samples.forEach((node, position) => {
    const microseconds = timeDeltas[position] ?? 0;
    const name = names.get(node) ?? '';
    own.set(name, (own.get(name) ?? 0) + microseconds);
    total += microseconds;
  });
  const most = [...own].sort((a, b) => b[1] - a[1]).slice(0, SHOWN);
  return most
    .map(
      ([name, microseconds]) =>
        `${(microseconds / 1000).toFixed(0).padStart(7)} ms ` +
        `${((100 * microseconds) / total).toFixed(1).padStart(5)} %  ${name}`,
    )
    .join('\n');
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const place = url === '' ? '' : ` ${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`;
  return `${functionName === '' ? '(anonymous)' : functionName}${place}`;
}
