import { runInThisContext } from 'node:vm';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import ts from 'typescript';

const root = join(__dirname, '../..');
const folders = ['docs/concepts', 'docs/guides', 'docs/recipes', 'docs/reference'];
const documents = [
  'README.md',
  'docs/testing.md',
  ...folders.flatMap((folder) => readdirSync(join(root, folder)).map((file) => `${folder}/${file}`)),
];
const blocks = documents
  .filter((file) => file.endsWith('.md'))
  .flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^```ts\n([^]*?)^```$/gm)].map(
      ([, code = ''], index) => [`${file} ${index + 1}`, code] as const,
    ),
  );

/** The output that a block expects: `// …` behind a call of console.log. */
function expected(code: string): string[] {
  return [...code.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, text = '']) => text);
}

// Some programs write files, as a user's would: into the folder that they are started in.
const workplace = mkdtempSync(join(tmpdir(), 'swarmstate-documents-'));
afterAll(() => rmSync(workplace, { recursive: true }));

/** The code with its files in a folder of the test. A program that goes on behind its test writes nowhere else. */
function inWorkplace(code: string): string {
  return code.replaceAll(/(?<!join\(\w+, )'([\w/]+\.bin)'/g, (_quoted, file: string) =>
    JSON.stringify(join(workplace, file)),
  );
}

test.each(blocks)('[Y32] the code of guide %s runs and prints the output in its comments', async (_name, code) => {
  // Imports stay outside. The code runs inside a function, which may await: tests are no modules.
  const imports = code.match(/^import [^;]*;$/gm) ?? [];
  const body = inWorkplace(code.replaceAll(/^import [^;]*;$/gm, ''));
  const { outputText } = ts.transpileModule(
    `${imports.join('\n')}\nexport async function run(): Promise<void> {\n${body}\n}`,
    {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
    },
  );
  const printed: string[] = [];
  const format = (values: unknown[]): string =>
    values.map((value) => (Array.isArray(value) ? `[ '${value.join("', '")}' ]` : String(value))).join(' ');
  const output = {
    log: (...values: unknown[]) => void printed.push(format(values)),
    error: (...values: unknown[]) => {
      throw new Error(values.map(String).join(' '));
    },
  };
  const exported: { run?: () => Promise<void> } = {};
  const load = runInThisContext(`(require, exports, console) => {${outputText}\n}`) as (...given: unknown[]) => void;
  // A guide may show a test, which runs inside of this one.
  const tests: (() => unknown)[] = [];
  const globals = { expect, test: (_title: string, work: () => unknown) => void tests.push(work) };
  load((name: string): unknown => (name === '@jest/globals' ? globals : jest.requireActual(name)), exported, output);
  await exported.run?.();
  for (const work of tests) await work();
  for (const line of expected(code)) expect(printed).toContain(line);
});
