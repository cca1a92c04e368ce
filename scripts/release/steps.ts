import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problemsOf, run } from '../repository/run.ts';
import type { Finished } from '../repository/run.ts';
import { changelogProblems } from './changelog.ts';
import { tarballOf } from './context.ts';
import type { Manifest, Outcome, Release } from './context.ts';
import { forUsers, lockOfUsers, withBuiltIn } from './parts.ts';
import type { Lock } from './parts.ts';

interface Step {
  readonly name: string;
  readonly about: string;
  run(release: Release): Promise<Outcome>;
}

/**
 * The packages that the build puts into the published files, by their paths in `node_modules`: uuid into the entries,
 * the others into the command.
 */
const builtInPackages: readonly string[] = [
  'uuid',
  '@colors/colors',
  '@grpc/grpc-js',
  '@js-sdsl/ordered-map',
  '@noble/ciphers',
  'async',
  'cli-table3',
  'commander',
  'emoji-regex',
  'is-fullwidth-code-point',
  'node-zookeeper-client',
  'picocolors',
  'string-width',
  'strip-ansi',
  'strip-ansi/node_modules/ansi-regex',
  'underscore',
  'undici',
  'yaml',
];

/** A run of `.ci/run` that takes longer hangs. */
const CI_LIMIT_MS = 90 * 60_000;

const tree: Step = {
  name: 'tree',
  about: 'everything is committed',
  async run({ root }) {
    const { code, stdout, output } = await run('git', ['status', '--porcelain'], { cwd: root });
    if (code !== 0) return { problems: [`This is no clone of git: ${output}`] };
    const files = stdout.split('\n').filter((line) => line !== '');
    if (files.length === 0) return { problems: [] };
    return { problems: [`${files.length} files are not as committed: commit or remove them\n${files.join('\n')}`] };
  },
};

const version: Step = {
  name: 'version',
  about: 'the version is new, and the same in package.json and package-lock.json',
  async run({ root, manifest }) {
    const problems: string[] = [];
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { version?: string };
    if (lock.version !== manifest.version) {
      problems.push(
        `package.json has version ${manifest.version}, package-lock.json ${String(lock.version)}: run \`npm install\``,
      );
    }
    const tag = `v${manifest.version}`;
    const { stdout } = await run('git', ['tag', '--list', tag], { cwd: root });
    if (stdout.trim() !== '')
      problems.push(`The tag ${tag} exists: \`npm run release -- --prepare VERSION\` makes the next version`);
    return { problems };
  },
};

const changelog: Step = {
  name: 'changelog',
  about: 'CHANGELOG.md has an entry for the version, and nothing unreleased',
  run({ root, manifest }) {
    const text = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
    return Promise.resolve({ problems: changelogProblems(text, manifest.version) });
  },
};

const fields: Step = {
  name: 'fields',
  about: 'package.json names the owner, the repository and the address for reports',
  run({ manifest }) {
    const open = (['author', 'homepage', 'repository', 'bugs'] as const).filter((field) => {
      const text = JSON.stringify(manifest[field] ?? '');
      return text === '""' || text.includes('example.invalid');
    });
    const owner = open.length === 0 ? [] : [`Fill in ${open.join(', ')} in package.json: the values are placeholders`];
    return Promise.resolve({ problems: [], owner });
  },
};

const ci: Step = {
  name: 'ci',
  about: '.ci/run passes in a clean clone',
  async run({ root, skipCi }) {
    if (skipCi) return { problems: [], notes: ['left out, as --skip-ci says'] };
    const folder = mkdtempSync(join(tmpdir(), 'swarmstate-release-'));
    try {
      const clone = join(folder, 'clone');
      const cloned = await run('git', ['clone', '--quiet', root, clone], { cwd: root });
      if (cloned.code !== 0) return { problems: problemsOf(cloned, 'git clone failed:') };
      const finished = await run('bash', ['.ci/run'], { cwd: clone, timeoutMs: CI_LIMIT_MS });
      const last = finished.output.split('\n').at(-1) ?? '';
      if (finished.code === 0) return { problems: [], notes: [last] };
      const end = finished.output.split('\n').slice(-60).join('\n');
      return { problems: [`.ci/run failed. The end of its output:\n${end}`] };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly integrity: string;
  readonly files: readonly { readonly path: string }[];
}

const pack: Step = {
  name: 'pack',
  about: 'the tarball has every entry of package.json, and every file that README.md links to',
  async run({ root, manifest, folder }) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    // The package is built before: `prepack` of package.json.
    const finished = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
    if (finished.code !== 0) return { problems: problemsOf(finished, 'npm pack failed:') };
    const [packed] = JSON.parse(finished.stdout.slice(finished.stdout.indexOf('[\n'))) as Packed[];
    if (packed === undefined) return { problems: ['npm pack made no tarball'] };
    const files = new Set(packed.files.map(({ path }) => path));
    const entries = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const linked = [...readme.matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].flatMap(([, path]) => path ?? []);
    return {
      problems: [
        ...missing(files, new Set(entries.map((path) => path.replace(/^\.\//, ''))), '`exports` of package.json'),
        ...missing(files, new Set(linked), 'README.md'),
      ],
      notes: [`${join(folder, packed.filename)}, ${packed.size} bytes, ${files.size} files, ${packed.integrity}`],
    };
  },
};

function missing(files: ReadonlySet<string>, wanted: ReadonlySet<string>, place: string): readonly string[] {
  return [...wanted]
    .filter((path) => !files.has(path))
    .map((path) => `The tarball lacks ${path}, which ${place} names`);
}

const sbom: Step = {
  name: 'sbom',
  about: 'a list of the parts, in the format of CycloneDX',
  async run({ root, manifest, folder }) {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
    const finished = await listParts(forUsers(manifest), lockOfUsers(lock));
    if (finished.code !== 0) return { problems: problemsOf(finished, 'npm sbom failed:') };
    const builtIn = builtInPackages.flatMap((path) => {
      const { version: built = '', license = '' } = lock.packages[`node_modules/${path}`] ?? {};
      const name = path.replace(/^.*node_modules\//, '');
      return built === '' ? [] : [{ name, version: built, license }];
    });
    const path = join(folder, tarballOf(manifest).replace(/\.tgz$/, '.cdx.json'));
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, withBuiltIn(finished.stdout, builtIn));
    return { problems: [], notes: [path] };
  },
};

async function listParts(manifest: Manifest, lock: Lock): Promise<Finished> {
  const folder = mkdtempSync(join(tmpdir(), 'swarmstate-parts-'));
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
    const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=library', '--package-lock-only'];
    return await run('npm', args, { cwd: folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const publish: Step = {
  name: 'publish',
  about: 'the tarball goes to the registry, with provenance',
  async run({ root, manifest, folder, dryRun }) {
    const tarball = join(folder, tarballOf(manifest));
    const args = ['publish', tarball, '--provenance', '--access', 'public'];
    const command = `npm ${args.join(' ')}`;
    // npm proves where a package comes from by a token that only the hosts of repositories give to their runs.
    const hasToken = process.env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? process.env['SIGSTORE_ID_TOKEN'];
    const owner = hasToken === undefined ? [NO_PROVENANCE] : [];
    if (dryRun) return { problems: [], owner, notes: [`not done: ${command}`] };
    if (owner.length > 0) return { problems: [], owner };
    if (!existsSync(tarball)) return { problems: [`${tarball} is not there`] };
    const finished = await run('npm', args, { cwd: root });
    if (finished.code !== 0) return { problems: problemsOf(finished, `${command} failed:`) };
    return { problems: [], notes: [finished.output, `Now: git tag v${manifest.version} && git push --tags`] };
  },
};

const NO_PROVENANCE =
  'Publish in a run of GitHub Actions with the permission `id-token: write`, or of GitLab CI with SIGSTORE_ID_TOKEN: ' +
  'npm gives no provenance elsewhere';

/** In the order in which they run: those that answer at once come first. */
export const steps: readonly Step[] = [tree, version, changelog, fields, ci, pack, sbom, publish];
