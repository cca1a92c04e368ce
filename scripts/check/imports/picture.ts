import { layerOf, layers, layersBelow } from './layers.ts';
import type { SourceFile } from './source-file.ts';

const start = '<!-- layers: drawn by `npm run check -- layers --write` -->';
const end = '<!-- layers end -->';

/** Puts the picture between its markers in a Markdown text; undefined where the markers are missing. */
export function withPicture(markdown: string, files: readonly SourceFile[]): string | undefined {
  const [from, to] = [markdown.indexOf(start), markdown.indexOf(end)];
  if (from === -1 || to < from) return undefined;
  return `${markdown.slice(0, from + start.length)}\n\n${drawLayers(files)}\n\n${markdown.slice(to)}`;
}

/** The layers that exist, as a diagram and as a table of their actual imports, the top layer first. */
export function drawLayers(files: readonly SourceFile[]): string {
  const imports = layerImports(files);
  const names = Object.keys(layers).filter((name) => imports.has(name));
  const downwards = [...names].reverse();
  const arrows = downwards.flatMap((name) => withoutDetours(imports, name).map((below) => `  ${name} --> ${below}`));
  const rows = downwards.map((name) => {
    const below = downwards.filter((other) => imports.get(name)?.has(other) === true);
    return [`\`src/${name}\``, layers[name]?.about ?? '', below.length === 0 ? 'nothing' : below.join(', ')];
  });
  return ['```mermaid', 'flowchart TD', ...arrows, '```', '', ...table(['layer', 'purpose', 'imports'], rows)].join(
    '\n',
  );
}

/** For each layer the other layers that its files import. */
function layerImports(files: readonly SourceFile[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { path, imports } of files) {
    const layer = layerOf(path);
    if (layer === undefined) continue;
    const targets = found.get(layer) ?? new Set();
    found.set(layer, targets);
    for (const { target } of imports) {
      const other = target === undefined ? undefined : layerOf(target);
      if (other !== undefined && other !== layer) targets.add(other);
    }
  }
  return found;
}

/** The imports of a layer, without those that a longer way of arrows shows. */
function withoutDetours(imports: ReadonlyMap<string, ReadonlySet<string>>, name: string): readonly string[] {
  const direct = [...(imports.get(name) ?? [])].filter((below) => layersBelow(name).has(below));
  const reach = (from: string): readonly string[] =>
    [...(imports.get(from) ?? [])]
      .filter((below) => layersBelow(from).has(below))
      .flatMap((below) => [below, ...reach(below)]);
  const indirect = new Set(direct.flatMap(reach));
  return direct.filter((below) => !indirect.has(below)).sort();
}

/** A Markdown table in the form that prettier gives it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)];
}
