import { existsSync } from 'node:fs';
import { chmod, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../repository/repository.ts';
import { clientPackages } from './client-packages.ts';
import { pageInCommand } from './page-files.ts';

/** Packages that are installed with this one: they stay imports. */
interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}

/**
 * Packages that stay imports and are not installed with this one. `lmdb` has machine code. `@grpc/grpc-js` loads
 * `@grpc/proto-loader` only for channelz, which the command does not use.
 */
const absent = ['lmdb', '@grpc/proto-loader'];

/** The CommonJS packages that are built in ask for modules of Node.js by `require`. */
const banner =
  "import { createRequire as makeRequire } from 'node:module';\nconst require = makeRequire(import.meta.url);";

/**
 * Writes the command `swarmstate`: ECMAScript modules in a folder of their own, which no entry of the package loads. A
 * file for each command and each kind of source is loaded when it is used, so that the command starts quickly. The
 * libraries for arguments, tables, colours and YAML are built in, with their licences. So are the clients of the
 * sources: `npx swarmstate ui` needs no other package. Users of the entries do not install them.
 */
export async function buildCommand(folder: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: 'src/cli/main.ts' },
    outdir: join(folder, 'cli'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // The modules of yaml, and not the CommonJS that Node.js would take: unused parts are left out.
    mainFields: ['module', 'main'],
    external: [...Object.keys(manifest.dependencies), ...absent],
    chunkNames: '[name]-[hash]',
    banner: { js: banner },
    plugins: [clientPackages, pageInCommand],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'inline',
    metafile: true,
    logLevel: 'warning',
  });
  for (const [path, { inputs }] of Object.entries(metafile.outputs)) {
    const file = join(root, path);
    const names = new Set(Object.keys(inputs).flatMap((input) => packageOf(input) ?? []));
    const notices = await Promise.all([...names].sort().map(licenceOf));
    const code = await readFile(file, 'utf8');
    const [first, rest] = code.startsWith('#!') ? splitLine(code) : ['', code];
    await writeFile(file, first + notices.join('') + rest);
  }
  await chmod(join(folder, 'cli/main.js'), 0o755);
}

/** The folder of the package that a file belongs to; undefined for a file of this repository. */
function packageOf(path: string): string | undefined {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
}

/** The licence of a package, as a comment. Throws where a package has none. */
async function licenceOf(path: string): Promise<string> {
  const folder = join(root, path);
  const { name, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
  };
  const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined || !existsSync(join(folder, file))) throw new Error(`${path} has no file with its licence`);
  const text = (await readFile(join(folder, file), 'utf8')).trim().replaceAll('*/', '* /');
  return `/*!\n${name} ${version}\n\n${text}\n*/\n`;
}

function splitLine(text: string): [line: string, rest: string] {
  const end = text.indexOf('\n') + 1;
  return [text.slice(0, end), text.slice(end)];
}
