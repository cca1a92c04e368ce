import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageFolder } from '../package-manifest.ts';

/** The owner's names are filled in. `private` keeps npm from publishing it, whatever happens. */
const manifest = {
  name: 'small',
  version: '1.2.0',
  private: true,
  author: 'Somebody',
  homepage: 'https://small.example',
  repository: 'git+https://small.example/small.git',
  bugs: 'https://small.example/issues',
  exports: { '.': { default: './index.js' }, './package.json': './package.json' },
  dependencies: { mitt: '3.0.1', protobufjs: '8.8.1' },
  devDependencies: { uuid: '14.0.3', esbuild: '0.28.2' },
};

const lock = {
  name: 'small',
  version: '1.2.0',
  lockfileVersion: 3,
  packages: {
    '': {
      name: 'small',
      version: '1.2.0',
      dependencies: manifest.dependencies,
      devDependencies: manifest.devDependencies,
    },
    'node_modules/esbuild': { version: '0.28.2', dev: true, license: 'MIT', dependencies: { long: '^5.3.2' } },
    // A dependency of a dependency and of a tool.
    'node_modules/long': { version: '5.3.2', license: 'Apache-2.0' },
    'node_modules/mitt': { version: '3.0.1', license: 'MIT' },
    'node_modules/protobufjs': { version: '8.8.1', license: 'BSD-3-Clause', dependencies: { long: '^5.3.2' } },
    'node_modules/uuid': { version: '14.0.3', dev: true, license: 'MIT' },
  },
};

const changelog = `# Changelog

## Unreleased

## 1.2.0 - 2026-01-02

### Added

- A thing.

## 1.1.0

- Another.
`;

const files: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify(manifest),
  'package-lock.json': JSON.stringify(lock),
  'CHANGELOG.md': changelog,
  'README.md': 'Read the [changelog](CHANGELOG.md), or [more](https://small.example).',
  'index.js': 'export const answer = 42;\n',
  '.gitignore': 'release/\n.npm/\n',
  '.ci/run': "test ! -e node_modules && echo '3 passed, 0 failed'\n",
};

/** A package in a repository of its own that can be released. */
export class ReleaseFixture {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'swarmstate-release-'));

  constructor() {
    for (const [path, text] of Object.entries(files)) this.write(path, text);
    this.git('init', '--quiet');
    this.commit();
  }

  write(path: string, text: string): void {
    const target = join(this.folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  /** Changes a text of a file and commits it. */
  change(path: string, from: string, to: string): void {
    const text = this.read(path);
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
    this.write(path, text.replace(from, to));
    this.commit();
  }

  git(...args: readonly string[]): void {
    const who = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@small.example'];
    execFileSync('git', [...who, ...args], { cwd: this.folder, stdio: 'pipe' });
  }

  commit(): void {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', 'A change');
  }

  /** `npm run release -- …` */
  release(...args: readonly string[]): { readonly code: number | null; readonly output: string } {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(packageFolder, 'node_modules/tsx/dist/cli.mjs'), join(packageFolder, 'scripts/release/main.ts'), ...args],
      // Without the variables of a run that may prove where a package comes from.
      { cwd: this.folder, encoding: 'utf8', timeout: 60_000, env: { PATH: process.env['PATH'], HOME: this.folder } },
    );
    return { code: status, output: stdout + stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
