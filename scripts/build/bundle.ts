import { readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { rollup } from 'rollup';
import type { ManualChunkMeta, OutputOptions, Plugin } from 'rollup';
import { packageEntries } from '../repository/entries.ts';
import { root } from '../repository/repository.ts';
import { writeBrowserLoki } from './browser-loki.ts';
import { planChunks } from './chunk-plan.ts';
import { builtInPage } from './page-files.ts';
import type { SourceModule } from './chunk-plan.ts';

/** The build of `uuid` that needs no module of Node.js. */
const uuidFolder = join(dirname(fileURLToPath(import.meta.resolve('uuid'))), '../dist');

/**
 * Strips the types. Comments are for readers of the sources and of the declarations: in the program they cost an import
 * the time to read them.
 */
const typescript: Plugin = {
  name: 'typescript',
  async transform(source, path) {
    if (!path.endsWith('.ts')) return null;
    const { code, map } = await transform(source, {
      loader: 'ts',
      target: 'es2022',
      sourcefile: path,
      sourcemap: 'external',
      legalComments: 'none',
      // Leaves the comments out. The plugin narrow sets the lines and spaces anew.
      minifyWhitespace: true,
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    });
    return { code, map };
  },
};

/**
 * The store uses one function of uuid. That function is built in, with its licence. As a dependency, uuid would be
 * twenty-two files, a fifth of the time of an import. And jest could not load the package: uuid has no CommonJS.
 */
const builtInUuid: Plugin = {
  name: 'built-in-uuid',
  resolveId(specifier) {
    return specifier === 'uuid' ? { id: join(uuidFolder, 'index.js'), moduleSideEffects: false } : null;
  },
  async transform(code, path) {
    if (path !== join(uuidFolder, 'v4.js')) return null;
    const licence = await readFile(join(uuidFolder, '../LICENSE.md'), 'utf8');
    return { code: `/*!\nuuid\n\n${licence.trim()}\n*/\n${code}`, map: null };
  },
};

/** Sets the code in lines that people can read, indented by two spaces. */
const narrow: Plugin = {
  name: 'narrow',
  async renderChunk(source, { fileName }) {
    const { code, map } = await transform(source, {
      loader: 'js',
      target: 'node20.19',
      sourcefile: fileName,
      sourcemap: 'external',
      legalComments: 'inline',
    });
    return { code, map };
  },
};

const common: OutputOptions = {
  hoistTransitiveImports: false,
  generatedCode: 'es2015',
  freeze: false,
  minifyInternalExports: false,
};

/**
 * Writes the JavaScript of the package: a file for each entry, and chunks for the modules that several entries share.
 * Thus a class is the same one through every entry. Node.js needs about as long for a file as for its contents: few
 * files are imported quickly. The same modules are written twice: as ECMAScript modules, and in the folder `cjs` as
 * CommonJS for tools that cannot load the former. Packages stay imports, but for uuid and the page of the inspector.
 * The same sources give the same bytes.
 */
export async function bundle(folder: string): Promise<void> {
  const entries = packageEntries().map(({ source }) => source);
  const build = await rollup({
    input: Object.fromEntries(
      entries.map((source) => [source.replace(/^src\/(.*)\.ts$/, '$1'), join(root, source)] as const),
    ),
    external: (specifier) => !/^[./]/.test(specifier) && specifier !== 'uuid',
    plugins: [builtInPage, typescript, builtInUuid, narrow],
    treeshake: { moduleSideEffects: false },
    onLog(level, log) {
      throw new Error(`${level}: ${log.message}`);
    },
  });
  let plan: ReadonlyMap<string, string> | undefined;
  const withChunks: OutputOptions = {
    ...common,
    manualChunks(id, graph) {
      plan ??= planChunks(...sourceGraph(graph));
      return plan.get(pathOf(id));
    },
  };
  try {
    await build.write({
      ...withChunks,
      dir: folder,
      format: 'es',
      sourcemap: true,
      chunkFileNames: 'shared/[name].js',
    });
    await build.write({
      ...withChunks,
      dir: join(folder, 'cjs'),
      format: 'cjs',
      entryFileNames: '[name].cjs',
      chunkFileNames: 'shared/[name].cjs',
      // Clients of servers are loaded when a store is opened: by `require`, which jest can do.
      dynamicImportInCjs: false,
    });
  } finally {
    await build.close();
  }
  await writeBrowserLoki(folder);
}

/** The modules of the package, and those that a program loads by themselves: entries, and whatever is loaded later. */
function sourceGraph({ getModuleIds, getModuleInfo }: ManualChunkMeta): [Map<string, SourceModule>, string[]] {
  const modules = new Map<string, SourceModule>();
  const entries: string[] = [];
  for (const id of getModuleIds()) {
    const info = getModuleInfo(id);
    if (info === null || info.isExternal) continue;
    const path = pathOf(id);
    const isPackage = (imported: string): boolean => getModuleInfo(imported)?.isExternal === true;
    modules.set(path, {
      path,
      bytes: info.code?.length ?? 0,
      imports: info.importedIds.filter((imported) => !isPackage(imported)).map(pathOf),
      packages: [...info.importedIds.filter(isPackage), ...info.dynamicallyImportedIds],
    });
    if (info.isEntry || info.dynamicImporters.length > 0) entries.push(path);
  }
  return [modules, entries.sort()];
}

function pathOf(id: string): string {
  return relative(root, id).replaceAll(sep, '/');
}
