import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryFiles } from '../repository/repository.ts';
import type { FileAnswer } from './jest-messages.ts';
import type { JestRunner } from './jest-runner.ts';

/** The tests that judge a folder of sources: how their paths begin, where they are not of the same name alone. */
const testFolders: Readonly<Record<string, readonly string[]>> = {
  base: ['base/', 'engine/', 'watch/', 'store/', 'wire/', 'loops/'],
  'cache/query': ['cache/'],
  engine: ['engine/', 'work/', 'store/'],
  follow: ['follow/', 'cache/', 'loops/fairness'],
  'kv/memory': [
    'kv/memory',
    'kv/errors',
    'kv/registry',
    'kv/target-map',
    'kv/discovery',
    'kv/folds',
    'kv/faults',
    'kv/keep-alive',
    'kv/lock.',
    'kv/pairs',
  ],
  model: ['model/', 'store/', 'types/'],
  store: ['store/', 'proposer/', 'work/growth.test.ts', 'watch/'],
  watch: ['watch/', 'store/fairness', 'store/unknown-options', 'work/dispatch', 'work/growth.test.ts'],
  'wire/snapshot': [
    'store/seals',
    'store/snapshots',
    'store/streams',
    'store/web-streams',
    'store/restore-beside',
    'files/',
    'wire/bombs',
    'work/growth',
  ],
};

/** Tests that run together: those of one file that are quick, or a slow one alone. */
export interface Unit {
  readonly file: string;
  readonly names: readonly string[];
  /** The time that they took without a change. */
  readonly ms: number;
}

/** A test, and the sites that it ran. */
interface Test {
  readonly file: string;
  readonly name: string;
  readonly ms: number;
  readonly sites: ReadonlySet<number>;
}

/** Tests that take longer than this run alone, after the quick ones. */
const SLOW_MS = 500;
/** The time to load a file of tests, on a machine at rest. */
const LOAD_MS = 1_000;

/** The beginnings of the paths of the tests that judge a file of sources. */
export function judgesOf(file: string): readonly string[] {
  const [, layer = '', part = ''] = file.split('/');
  const key = testFolders[`${layer}/${part}`] === undefined ? layer : `${layer}/${part}`;
  const beginnings = (testFolders[key] ?? [`${key}/`]).map((beginning) => `test/${beginning}`);
  return repositoryFiles().filter(
    (test) => test.endsWith('.test.ts') && beginnings.some((beginning) => test.startsWith(beginning)),
  );
}

/** The tests of some files, with their times and the sites that they ran, from a run without a change. */
export class Tests {
  readonly #tests: readonly Test[];

  constructor(tests: readonly Test[]) {
    this.#tests = tests;
  }

  /** The tests that run one of the sites, quick ones first. */
  unitsOf(sites: readonly number[]): readonly Unit[] {
    const units = new Map<string, { file: string; names: string[]; ms: number }>();
    for (const { file, name, ms, sites: ran } of this.#tests) {
      if (!sites.some((site) => ran.has(site))) continue;
      const key = ms > SLOW_MS ? `${file}\n${name}` : file;
      const unit = units.get(key) ?? { file, names: [], ms: LOAD_MS };
      units.set(key, unit);
      unit.names.push(name);
      unit.ms += ms;
    }
    return [...units.values()].sort((a, b) => a.ms - b.ms);
  }
}

/** Runs tests without a change, on files that note their sites. Tests that fail are named and left out. */
export async function timed(runner: JestRunner, folder: string, files: readonly string[]): Promise<Tests> {
  const notes = join(folder, 'mutant-sites');
  rmSync(notes, { recursive: true, force: true });
  mkdirSync(notes);
  const setup = join(folder, 'scripts/mutants/note-sites.ts');
  const answer = await runner.run({ folder, files: files.map((file) => join(folder, file)), setup, notes });
  const ran = new Map<string, ReadonlyMap<string, readonly number[]>>();
  for (const note of readdirSync(notes)) {
    const noted = JSON.parse(readFileSync(join(notes, note), 'utf8')) as Noted;
    ran.set(noted.file, new Map(noted.ran));
  }
  return new Tests((answer?.files ?? []).flatMap((file) => testsOf(file, ran.get(file.file) ?? new Map())));
}

/** The notes of `note-sites.ts` about one file of tests. */
interface Noted {
  readonly file: string;
  readonly ran: readonly (readonly [name: string, sites: readonly number[]])[];
}

function testsOf({ file, tests }: FileAnswer, ran: ReadonlyMap<string, readonly number[]>): readonly Test[] {
  const always = ran.get('') ?? [];
  return tests.flatMap(({ name, ms, status }) => {
    if (status === 'failed') console.log(`Left out, because it fails without a change: ${file}: ${name}`);
    return status === 'passed' ? [{ file, name, ms, sites: new Set([...always, ...(ran.get(name) ?? [])]) }] : [];
  });
}
