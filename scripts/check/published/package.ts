import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Check } from '../../repository/check.ts';
import { readText, repositoryFiles, root } from '../../repository/repository.ts';
import { problemsOf, run, runTool } from '../../repository/run.ts';

interface Manifest {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** All that is published. */
const publishable =
  /^(?:dist\/.+\.(?:c?js(?:\.map)?|d\.c?ts)|proto\/.+\.proto|docs\/.+\.md|docs\/images\/.+\.(?:png|svg)|examples\/.+\.md|[A-Z]+\.md|LICENSE|package\.json)$/;
const indispensable = [
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'SECURITY.md',
  'SPEC.md',
  'package.json',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/cjs/index.cjs',
  'dist/cjs/index.d.cts',
];

/**
 * Builds and packs the package and looks at the result with the eyes of its users. All happens in a copy: a build into
 * `dist` at the same time is not in the way.
 */
export const packageCheck: Check = {
  name: 'package',
  about: 'build, contents, publint, attw, a consumer that compiles and runs',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'swarmstate-package-'));
    try {
      const copy = copyRepository(join(folder, 'repository'));
      const built = problemsOf(await run('npm', ['run', '--silent', 'build'], { cwd: copy }), 'The build failed:');
      if (built.length > 0) return built;
      const { tarball, files } = await pack(copy, folder);
      const published = problemsOf(
        await runTool('publint/src/cli.js', ['run', tarball, '--strict']),
        'publint says about package.json:',
      );
      const resolved = problemsOf(
        await runTool('@arethetypeswrong/cli/dist/index.js', [tarball, '--profile', 'node16', '--no-definitely-typed']),
        'attw says about types and entries:',
      );
      return [...contentProblems(files), ...published, ...resolved, ...(await consume(tarball, folder))];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function copyRepository(target: string): string {
  for (const path of repositoryFiles()) cpSync(join(root, path), join(target, path));
  symlinkSync(join(root, 'node_modules'), join(target, 'node_modules'), 'junction');
  return target;
}

async function pack(
  source: string,
  target: string,
): Promise<{ readonly tarball: string; readonly files: readonly string[] }> {
  const finished = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', target], {
    cwd: source,
  });
  if (finished.code !== 0) throw new Error(finished.output);
  const [packed] = JSON.parse(finished.stdout) as { filename: string; files: { path: string }[] }[];
  if (packed === undefined) throw new Error(`npm pack told nothing: ${finished.output}`);
  return { tarball: join(target, packed.filename), files: packed.files.map(({ path }) => path) };
}

function contentProblems(files: readonly string[]): readonly string[] {
  return [
    ...files
      .filter((path) => !publishable.test(path))
      .map((path) => `package.json:1 would publish ${path}; \`files\` lists what users need, nothing else`),
    ...indispensable.filter((path) => !files.includes(path)).map((path) => `package.json:1 would not publish ${path}`),
  ];
}

/**
 * Installs the tarball into a project of its own, with the runtime dependencies of this repository. Then compiles and
 * runs the program in the folder consumer. Its compiler options are those of a strict user: declaration files are
 * checked, and no DOM type is there to hide a missing one.
 */
async function consume(tarball: string, folder: string): Promise<readonly string[]> {
  const { name, dependencies } = JSON.parse(readText('package.json')) as Manifest;
  const project = join(folder, 'consumer');
  cpSync(join(import.meta.dirname, 'consumer'), project, { recursive: true });
  const installed = join(project, 'node_modules', name);
  mkdirSync(installed, { recursive: true });
  const unpacked = problemsOf(
    await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']),
    'The tarball does not unpack:',
  );
  if (unpacked.length > 0) return unpacked;
  for (const dependency of [...Object.keys(dependencies), '@types/node', 'undici-types']) {
    const target = join(root, 'node_modules', dependency);
    if (!existsSync(target)) continue;
    const link = join(project, 'node_modules', dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link, 'junction');
  }
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        target: 'ES2022',
        lib: ['ES2023'],
        module: 'nodenext',
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
      },
      files: ['main.ts'],
    }),
  );
  const compiled = await runTool('typescript/bin/tsc', ['-p', project, '--pretty', 'false'], { cwd: project });
  if (compiled.code !== 0)
    return problemsOf(compiled, 'A consumer (scripts/check/published/consumer, nodenext, no DOM) does not compile:');
  // Hardened hosts forbid `eval` and `new Function`; the package needs neither.
  const ran = await run(process.execPath, ['--disallow-code-generation-from-strings', 'main.js'], { cwd: project });
  return problemsOf(ran, 'The consumer scripts/check/published/consumer/main.ts failed against the packed package:');
}
