import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect } from '@jest/globals';

// Jest loads this file before each file of tests: it writes down which sites each test ran.

const size = 100_000;
const sites = new Uint8Array(size);
// A function, because jest deletes the members of global objects one by one at the end: a minute for so many.
(globalThis as { mutantSites?: () => Uint8Array }).mutantSites = () => sites;
/** Sites by the name of a test; those that ran outside every test have the name ''. */
const ran = new Map<string, Set<number>>();

function take(name: string): void {
  const taken = ran.get(name) ?? new Set();
  for (let site = sites.indexOf(1); site >= 0; site = sites.indexOf(1, site + 1)) taken.add(site);
  ran.set(name, taken);
  sites.fill(0);
}

beforeEach(() => {
  take('');
});

afterEach(() => {
  take(expect.getState().currentTestName ?? '');
});

afterAll(() => {
  take('');
  const { testPath = '' } = expect.getState();
  const folder = process.env['MUTANT_SITES'] ?? '';
  if (folder === '') return;
  const lists = [...ran].map(([name, numbers]) => [name, [...numbers]]);
  const file = `${basename(testPath)}-${String(process.hrtime.bigint())}.json`;
  writeFileSync(join(folder, file), JSON.stringify({ file: testPath, ran: lists }));
});
