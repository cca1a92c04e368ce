import type { SourceFile } from './source-file.ts';

/** A folder of src. */
export interface Layer {
  /** The purpose of the layer, for the picture in CONTRIBUTING.md. */
  readonly about: string;
  /** The layers right below. A layer may import these, and everything that these may import. */
  readonly on: readonly string[];
}

const belowTheTop = ['files', 'cache', 'loops', 'resources', 'kv', 'grpc', 'readable'];

/** The layers of src, from the ground up. A new folder of src gets its line here first. */
export const layers: Readonly<Record<string, Layer>> = {
  base: { about: 'helpers that know nothing of a store: assertions, clocks, text order, pacing', on: [] },
  errors: { about: 'error codes and their data', on: [] },
  engine: { about: 'rows, indexes and versions of tables, whatever the rows mean', on: ['base', 'errors'] },
  wire: { about: 'messages: their bytes, their JSON, valid input', on: ['base', 'errors'] },
  model: {
    about: 'kinds, tables, events and finders as declarations, without a running store',
    on: ['engine', 'wire'],
  },
  watch: { about: 'selectors, watchers, delivery and replay of events', on: ['model'] },
  store: { about: 'transactions, views, proposals, restoring and replaying', on: ['watch'] },
  files: { about: 'contents in a file that is complete at every moment', on: ['store'] },
  follow: { about: 'followers: rows and commits of a source that may come and go', on: ['store'] },
  cache: { about: 'LocalCache: followed rows that are queried, joined, viewed and saved', on: ['follow'] },
  loops: { about: 'work queues, reconcile loops, updates with retry', on: ['follow'] },
  resources: { about: 'typed resources', on: ['follow'] },
  kv: { about: 'key/value stores: one folder for each backend', on: ['base', 'errors'] },
  grpc: { about: 'gRPC: connections, calls, servers', on: ['wire'] },
  readable: {
    about: 'stores that are only read, how they follow a source, and contents without their secrets',
    on: ['store'],
  },
  replicated: { about: 'a replicated log as a proposer', on: belowTheTop },
  swarm: { about: 'followers of a real swarm', on: belowTheTop },
  remote: { about: 'a store that is served to other processes', on: belowTheTop },
  inspect: { about: 'the inspector', on: ['replicated', 'swarm', 'remote'] },
  cli: { about: 'the command line', on: ['inspect'] },
  testing: { about: 'the test kit: models, recorders, faults, contract suites', on: ['store', 'kv'] },
};

/** Layers that import no package either. */
const withoutPackages: ReadonlySet<string> = new Set(['errors']);

/** The entry of a package: what users import, and its source. */
export interface EntrySource {
  readonly specifier: string;
  readonly source: string;
}

/** Imports of src and examples that go against the direction of the layers. */
export function layerProblems(files: readonly SourceFile[], entries: readonly EntrySource[]): readonly string[] {
  const sources = new Set(entries.map(({ source }) => source));
  const specifiers = entries.map(({ specifier }) => specifier);
  return files.flatMap(({ path, imports }) => {
    const misplaced = misplacement(path, sources);
    if (misplaced !== undefined) return [`${path}:1 ${misplaced}`];
    return imports.flatMap(({ specifier, line, target }) => {
      const problem = path.startsWith('src/')
        ? sourceProblem(layerOf(path), specifier, target, sources)
        : path.startsWith('examples/')
          ? exampleProblem(specifier, target, specifiers)
          : undefined;
      return problem === undefined ? [] : [`${path}:${String(line)} imports ${specifier}: ${problem}`];
    });
  });
}

/** `engine` for `src/engine/index/keys.ts`; undefined for a file that is in no folder of src. */
export function layerOf(path: string): string | undefined {
  const [top, folder, ...rest] = path.split('/');
  return top === 'src' && rest.length > 0 ? folder : undefined;
}

/** The names of all layers that a layer may import. */
export function layersBelow(layer: string): ReadonlySet<string> {
  const below = new Set<string>();
  const visit = (name: string): void => {
    for (const next of layers[name]?.on ?? []) {
      if (!below.has(next)) visit(next);
      below.add(next);
    }
  };
  visit(layer);
  return below;
}

function misplacement(path: string, entries: ReadonlySet<string>): string | undefined {
  if (!path.startsWith('src/')) return undefined;
  const layer = layerOf(path);
  if (layer === undefined) {
    return entries.has(path)
      ? undefined
      : 'is neither in a layer nor an entry of package.json; move the file into the folder of its layer';
  }
  return layer in layers
    ? undefined
    : `the folder src/${layer} has no place among the layers; give it one in scripts/check/imports/layers.ts`;
}

function sourceProblem(
  layer: string | undefined,
  specifier: string,
  target: string | undefined,
  entries: ReadonlySet<string>,
): string | undefined {
  if (target === undefined) {
    if (/^swarmstate(?:\/|$)/.test(specifier))
      return 'the package does not import itself; import the file that defines the name';
    return layer !== undefined && withoutPackages.has(layer) ? `src/${layer} imports no package` : undefined;
  }
  if (entries.has(target)) return 'an entry is imported by nothing in src; import the file that defines the name';
  if (!target.startsWith('src/')) return 'src imports only from src';
  const other = layerOf(target);
  if (layer === undefined || other === layer) return undefined;
  const below = layersBelow(layer);
  if (other !== undefined && below.has(other)) return undefined;
  return below.size === 0
    ? `src/${layer} imports no other layer`
    : `src/${layer} may import only ${[...below].join(', ')}`;
}

/** Examples are programs of users: they see the package's exports, and nothing of how it is made. */
function exampleProblem(
  specifier: string,
  target: string | undefined,
  specifiers: readonly string[],
): string | undefined {
  if (target !== undefined)
    return target.startsWith('examples/') ? undefined : 'examples import their own files and packages only';
  return /^swarmstate(?:\/|$)/.test(specifier) && !specifiers.includes(specifier)
    ? `the package has no such entry; it has ${specifiers.join(', ')}`
    : undefined;
}
