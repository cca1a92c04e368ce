/** A module of the sources, as the bundler sees it. */
export interface SourceModule {
  /** The path in the repository: `src/base/clock.ts`. */
  readonly path: string;
  /** The length of its JavaScript. */
  readonly bytes: number;
  /** The paths of the modules that it imports, those that it loads later left out. */
  readonly imports: readonly string[];
  /** The packages that it imports, and everything that it loads later: a bundler follows both. */
  readonly packages: readonly string[];
}

/** Modules that are published as one file. */
interface Chunk {
  readonly modules: readonly SourceModule[];
  /** The sum of the modules' bytes. */
  readonly bytes: number;
  /** The entries that load it. */
  readonly entries: ReadonlySet<string>;
  /** The packages that its modules import. */
  readonly packages: ReadonlySet<string>;
}

/** The number of bytes that are read in the time in which one more file is opened. */
const BYTES_PER_FILE = 12_000;

/** The files that an import of an entry may load, the entry's own among them. */
const MAX_FILES = 8;

/**
 * Divides the modules that several entries share into chunks. A chunk starts as the modules that the same entries need.
 * Two chunks become one when the bytes that some entries load in vain cost less than the file that others save. The
 * cheapest two become one at any cost while an entry has more than {@link MAX_FILES}. No entry loads a package, at once
 * or later, that none of its modules names.
 *
 * Returns the name of the chunk of each shared module. The same modules give the same names.
 */
export function planChunks(
  modules: ReadonlyMap<string, SourceModule>,
  entries: readonly string[],
): Map<string, string> {
  const reached = new Map(entries.map((entry) => [entry, reachable(modules, entry)]));
  const packages = new Map([...reached].map(([entry, own]) => [entry, packagesOf(own)]));
  let chunks = sharedChunks(modules, reached);
  for (;;) {
    const best = bestMerge(chunks, packages);
    if (best === undefined) return chunkNames(chunks);
    chunks = merged(chunks, best);
  }
}

function packagesOf(modules: Iterable<SourceModule>): Set<string> {
  return new Set([...modules].flatMap((module) => module.packages));
}

function reachable(modules: ReadonlyMap<string, SourceModule>, entry: string): Set<SourceModule> {
  const found = new Set<SourceModule>();
  const open = [entry];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const module = modules.get(path);
    if (module === undefined || found.has(module)) continue;
    found.add(module);
    open.push(...module.imports);
  }
  return found;
}

/** The modules of two entries and more, by the set of their entries. */
function sharedChunks(
  modules: ReadonlyMap<string, SourceModule>,
  reached: ReadonlyMap<string, ReadonlySet<SourceModule>>,
): Chunk[] {
  const bySet = new Map<string, { modules: SourceModule[]; entries: Set<string> }>();
  for (const module of [...modules.values()].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const users = [...reached].flatMap(([entry, own]) => (own.has(module) ? [entry] : []));
    if (users.length < 2) continue;
    const key = users.join();
    const chunk = bySet.get(key) ?? { modules: [], entries: new Set(users) };
    chunk.modules.push(module);
    bySet.set(key, chunk);
  }
  return [...bySet.values()].map((chunk) => ({
    ...chunk,
    bytes: chunk.modules.reduce((sum, { bytes }) => sum + bytes, 0),
    packages: packagesOf(chunk.modules),
  }));
}

/** Two chunks that may become one, with the entries that then load it, and all that it imports. */
interface Merge {
  readonly one: Chunk;
  readonly other: Chunk;
  readonly imported: ReadonlySet<Chunk>;
  readonly entries: ReadonlySet<string>;
}

/** The merge that saves most; undefined when none is worth it. */
function bestMerge(chunks: readonly Chunk[], packages: ReadonlyMap<string, ReadonlySet<string>>): Merge | undefined {
  const imports = importedChunks(chunks);
  const files = new Map([...packages.keys()].map((entry) => [entry, filesOf(chunks, entry)]));
  const crowded = new Set([...files].flatMap(([entry, count]) => (count > MAX_FILES ? [entry] : [])));
  let best: Merge | undefined;
  // The cheapest merge is done even at a loss while an entry has too many files.
  let bestGain = crowded.size > 0 ? -Infinity : 0;
  for (const [position, one] of chunks.entries()) {
    for (const other of chunks.slice(position + 1)) {
      const merge = mergeOf(one, other, imports);
      if (merge === undefined || !isAllowed(merge, packages)) continue;
      if (crowded.size > 0 && !savesFiles(merge, crowded)) continue;
      const gain = gainOf(merge);
      if (gain > bestGain) [best, bestGain] = [merge, gain];
    }
  }
  return best;
}

/** The chunks that each chunk loads, directly and indirectly. */
function importedChunks(chunks: readonly Chunk[]): Map<Chunk, ReadonlySet<Chunk>> {
  const owners = new Map(chunks.flatMap((owner) => owner.modules.map(({ path }) => [path, owner] as const)));
  const direct = new Map(
    chunks.map((chunk) => {
      const paths = chunk.modules.flatMap((module) => module.imports);
      return [chunk, new Set(paths.flatMap((path) => owners.get(path) ?? []))] as const;
    }),
  );
  return new Map(
    chunks.map((chunk) => {
      const found = new Set<Chunk>();
      const open = [chunk];
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        for (const owner of direct.get(next) ?? []) {
          if (owner === chunk || found.has(owner)) continue;
          found.add(owner);
          open.push(owner);
        }
      }
      return [chunk, found];
    }),
  );
}

/** The merge of two chunks; undefined when one of the files would import the other in a circle. */
function mergeOf(one: Chunk, other: Chunk, imports: ReadonlyMap<Chunk, ReadonlySet<Chunk>>): Merge | undefined {
  const imported = new Set([...(imports.get(one) ?? []), ...(imports.get(other) ?? [])]);
  imported.delete(one);
  imported.delete(other);
  for (const chunk of imported) {
    const own = imports.get(chunk);
    if (own?.has(one) || own?.has(other)) return undefined;
  }
  return { one, other, imported, entries: new Set([...one.entries, ...other.entries]) };
}

/** Whether each entry names the packages of the chunks that the merge makes it load. */
function isAllowed(
  { one, other, imported, entries }: Merge,
  packages: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  const needed = new Set([one, other, ...imported].flatMap((chunk) => [...chunk.packages]));
  return [...entries].every((entry) => [...needed].every((name) => packages.get(entry)?.has(name)));
}

/** Whether the merge spares one of the crowded entries a file. */
function savesFiles({ one, other, imported }: Merge, crowded: ReadonlySet<string>): boolean {
  return [...crowded].some((entry) => {
    if (!one.entries.has(entry) || !other.entries.has(entry)) return false;
    return [...imported].every((chunk) => chunk.entries.has(entry));
  });
}

/** The bytes that one import of each entry costs less after the merge. */
function gainOf({ one, other, imported, entries }: Merge): number {
  let gain = costOf(one.entries, one.bytes) + costOf(other.entries, other.bytes);
  gain -= costOf(entries, one.bytes + other.bytes);
  for (const chunk of imported) {
    const more = [...entries].filter((entry) => !chunk.entries.has(entry)).length;
    gain -= more * (BYTES_PER_FILE + chunk.bytes);
  }
  return gain;
}

/** The cost of a file of `bytes` that each of `entries` loads. */
function costOf(entries: ReadonlySet<string>, bytes: number): number {
  return entries.size * (BYTES_PER_FILE + bytes);
}

/** `chunks` after a merge. */
function merged(chunks: readonly Chunk[], { one, other, imported, entries }: Merge): Chunk[] {
  const both: Chunk = {
    modules: [...one.modules, ...other.modules],
    bytes: one.bytes + other.bytes,
    entries,
    packages: new Set([...one.packages, ...other.packages]),
  };
  const rest = chunks.filter((chunk) => chunk !== one && chunk !== other);
  return [
    both,
    ...rest.map((chunk) =>
      imported.has(chunk) ? { ...chunk, entries: new Set([...chunk.entries, ...entries]) } : chunk,
    ),
  ];
}

/** The number of files that an import of `entry` loads. */
function filesOf(chunks: readonly Chunk[], entry: string): number {
  return 1 + chunks.filter(({ entries }) => entries.has(entry)).length;
}

/** Names chunks after the layer that most of their bytes are of. */
function chunkNames(chunks: readonly Chunk[]): Map<string, string> {
  const taken = new Map<string, number>();
  const names = new Map<string, string>();
  const bySize = chunks.map((chunk) => ({ chunk, layers: bytesByLayer(chunk) }));
  for (const { chunk, layers } of bySize.sort((a, b) => ((a.layers[0]?.[1] ?? 0) < (b.layers[0]?.[1] ?? 0) ? 1 : -1))) {
    const layer = layers[0]?.[0] ?? 'shared';
    const count = (taken.get(layer) ?? 0) + 1;
    taken.set(layer, count);
    for (const { path } of chunk.modules) names.set(path, count === 1 ? layer : `${layer}-${count}`);
  }
  return names;
}

/** The layers of a chunk's modules, the one with most bytes first. */
function bytesByLayer({ modules }: Chunk): [string, number][] {
  const layers = new Map<string, number>();
  for (const { path, bytes } of modules) {
    const layer = path.split('/')[1] ?? '';
    layers.set(layer, (layers.get(layer) ?? 0) + bytes);
  }
  return [...layers].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
