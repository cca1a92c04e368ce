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
  /** The entries that load it. */
  readonly entries: ReadonlySet<string>;
}

/** The number of bytes that are read in the time in which one more file is opened. */
const BYTES_PER_FILE = 12_000;

/** The files that an import of an entry may load, the entry's own among them. */
const MAX_FILES = 7;

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
  const packages = new Map(
    [...reached].map(([entry, own]) => [entry, new Set([...own].flatMap((module) => module.packages))]),
  );
  let chunks = sharedChunks(modules, reached);
  for (;;) {
    const best = bestMerge(chunks, packages);
    if (best === undefined) return chunkNames(chunks);
    chunks = best;
  }
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
  return [...bySet.values()];
}

/** The chunks after the merge that saves most; undefined when none is worth it. */
function bestMerge(chunks: readonly Chunk[], packages: ReadonlyMap<string, ReadonlySet<string>>): Chunk[] | undefined {
  const crowded = [...packages.keys()].some((entry) => filesOf(chunks, entry) > MAX_FILES);
  const before = cost(chunks, packages.keys());
  let best: Chunk[] | undefined;
  // The cheapest merge is done even at a loss while an entry has too many files.
  let bestGain = crowded ? -Infinity : 0;
  for (const [position, one] of chunks.entries()) {
    for (const other of chunks.slice(position + 1)) {
      const merged = merge(chunks, one, other);
      if (merged === undefined || !isAllowed(merged, packages)) continue;
      if (crowded && !savesFiles(chunks, merged, packages.keys())) continue;
      const gain = before - cost(merged, packages.keys());
      if (gain > bestGain) [best, bestGain] = [merged, gain];
    }
  }
  return best;
}

/** `chunks` with two of them made one, which the entries of both load, with all that it imports. */
function merge(chunks: readonly Chunk[], one: Chunk, other: Chunk): Chunk[] | undefined {
  const entries = new Set([...one.entries, ...other.entries]);
  const both: Chunk = { modules: [...one.modules, ...other.modules], entries };
  const rest = chunks.filter((chunk) => chunk !== one && chunk !== other);
  const imported = importedBy(both, rest);
  if ([...imported].some((chunk) => importedBy(chunk, [both, ...rest]).has(both))) return undefined;
  return [
    both,
    ...rest.map((chunk) =>
      imported.has(chunk) ? { modules: chunk.modules, entries: new Set([...chunk.entries, ...entries]) } : chunk,
    ),
  ];
}

/** The chunks that `chunk` loads, directly and indirectly. */
function importedBy(chunk: Chunk, chunks: readonly Chunk[]): Set<Chunk> {
  const owners = new Map(chunks.flatMap((owner) => owner.modules.map(({ path }) => [path, owner] as const)));
  const found = new Set<Chunk>();
  const open = [chunk];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const path of next.modules.flatMap((module) => module.imports)) {
      const owner = owners.get(path);
      if (owner === undefined || owner === next || found.has(owner)) continue;
      found.add(owner);
      open.push(owner);
    }
  }
  return found;
}

function isAllowed(chunks: readonly Chunk[], packages: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  return chunks.every(({ modules, entries }) =>
    [...entries].every((entry) =>
      modules.every((module) => module.packages.every((name) => packages.get(entry)?.has(name))),
    ),
  );
}

function savesFiles(before: readonly Chunk[], after: readonly Chunk[], entries: Iterable<string>): boolean {
  for (const entry of entries)
    if (filesOf(before, entry) > MAX_FILES && filesOf(after, entry) < filesOf(before, entry)) return true;
  return false;
}

/** The number of files that an import of `entry` loads. */
function filesOf(chunks: readonly Chunk[], entry: string): number {
  return 1 + chunks.filter(({ entries }) => entries.has(entry)).length;
}

/** The cost of one import of each entry, in bytes. */
function cost(chunks: readonly Chunk[], entries: Iterable<string>): number {
  let total = 0;
  for (const entry of entries)
    for (const chunk of chunks)
      if (chunk.entries.has(entry)) total += BYTES_PER_FILE + chunk.modules.reduce((sum, { bytes }) => sum + bytes, 0);
  return total;
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
