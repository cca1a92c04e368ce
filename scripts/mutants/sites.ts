import ts from 'typescript';

/**
 * The pieces of a file that run as a whole: bodies of functions, blocks and cases. Each has a number, its site. The
 * instrumented text notes the sites that ran in `globalThis.mutantSites`. So a change is tried with the tests that run
 * its site only.
 */
export interface Sites {
  /** How many numbers the file takes, from `first` on. */
  readonly count: number;
  /** The file with its notes. */
  readonly instrumented: string;
  /** The sites that a change at this position has an effect on. */
  at(position: number): readonly number[];
}

/** A constant of the file: in jest's sandbox, each look at a global takes a microsecond. */
const HEAD = 'const mutantSites = globalThis.mutantSites?.() ?? [];';

/** A piece of the file: `[start, end)` holds its text. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly site: number;
}

/** Divides a file. `first` is the site of its top level, and its other sites follow. */
export function sitesOf(path: string, text: string, first: number): Sites {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const pieces: Piece[] = [];
  const inserts: { readonly position: number; readonly text: string }[] = [];
  const names = new Map<string, number[]>();
  const fields: {
    readonly start: number;
    readonly end: number;
    readonly name: string;
    readonly everywhere: boolean;
  }[] = [];
  const note = (site: number): string => `mutantSites[${site}]=1`;
  const add = (whole: ts.Node): number => {
    const site = first + pieces.length + 1;
    pieces.push({ start: whole.getStart(file), end: whole.getEnd(), site });
    return site;
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node)) return;
    if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) {
      const site = add(node);
      inserts.push({ position: node.body.getStart(file), text: `(${note(site)},` });
      inserts.push({ position: node.body.getEnd(), text: ')' });
    } else if (ts.isBlock(node)) {
      const site = add(ts.isFunctionLike(node.parent) ? node.parent : node);
      inserts.push({ position: node.getStart(file) + 1, text: `${note(site)};` });
    } else if (ts.isCaseOrDefaultClause(node)) {
      const [statement] = node.statements;
      if (statement !== undefined) inserts.push({ position: statement.getStart(file), text: `${note(add(node))};` });
    } else if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) {
      names.set(node.text, [...(names.get(node.text) ?? []), node.getStart(file)]);
    }
    const declares = ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node);
    if (declares && (ts.isIdentifier(node.name) || ts.isPrivateIdentifier(node.name)))
      fields.push({
        start: node.getStart(file),
        end: node.getEnd(),
        name: node.name.text,
        everywhere: ts.isPropertyDeclaration(node) && ts.isIdentifier(node.name),
      });
    ts.forEachChild(node, visit);
  };
  visit(file);
  const siteAt = (position: number): number => {
    const around = pieces.filter(({ start, end }) => start <= position && position < end);
    const inner = around.reduce<Piece | undefined>(
      (best, piece) => (best === undefined || piece.end - piece.start < best.end - best.start ? piece : best),
      undefined,
    );
    return inner?.site ?? first;
  };
  return {
    count: pieces.length + 1,
    instrumented: `${HEAD}${withInserts(text, inserts)}\n${note(first)};\n`,
    at: (position) => {
      const site = siteAt(position);
      if (site !== first) return [site];
      // A constant or a field has its effect where its name is used. Other files use a field that is not private.
      const field = fields.find(({ start, end }) => start <= position && position < end);
      if (field?.everywhere === true && pieces.length > 0) return pieces.map((piece) => piece.site);
      const users =
        field === undefined ? [] : (names.get(field.name) ?? []).map(siteAt).filter((user) => user !== first);
      return users.length === 0 ? [first] : [...new Set(users)];
    },
  };
}

function withInserts(text: string, inserts: readonly { readonly position: number; readonly text: string }[]): string {
  let result = '';
  let done = 0;
  for (const insert of inserts.toSorted((a, b) => a.position - b.position)) {
    result += text.slice(done, insert.position) + insert.text;
    done = insert.position;
  }
  return result + text.slice(done);
}
