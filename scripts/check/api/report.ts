import ts from 'typescript';
import type { Entry } from '../../repository/entries.ts';
import type { Declarations, ExportedName } from './declarations.ts';

/** The public signatures of an entry, as a Markdown text. */
export interface Report {
  readonly entry: Entry;
  readonly text: string;
}

/**
 * One report for each entry. A name is declared in the report of the first entry that exports it, preferably as a
 * value. Types that are not exported, but occur in a public signature, follow in the report that needs them first.
 */
export function apiReports(entries: readonly Entry[], declarations: Declarations): readonly Report[] {
  const exports = entries.map((entry) => ({ entry, names: declarations.exportsOf(entry.source) }));
  const owners = new Map<ts.Symbol, Entry>();
  for (const onlyValues of [true, false]) {
    for (const { entry, names } of exports) {
      for (const { symbol, typeOnly } of names) {
        if (!(typeOnly && onlyValues) && !owners.has(symbol)) owners.set(symbol, entry);
      }
    }
  }
  const shown = new Set(owners.keys());
  return exports.map(({ entry, names }) => {
    const own: string[] = [];
    const elsewhere: string[] = [];
    const reached: ts.Symbol[] = [];
    for (const exported of names) {
      const { name, symbol, typeOnly } = exported;
      const owner = owners.get(symbol);
      if (owner !== undefined && owner !== entry) {
        elsewhere.push(`- \`${typeOnly ? 'type ' : ''}${name}\` of \`${owner.specifier}\``);
        continue;
      }
      const statements = declarations.statementsOf(symbol);
      own.push(signature(exported, statements));
      reached.push(...symbolsIn(statements, declarations));
    }
    const hidden: string[] = [];
    for (const symbol of reached) {
      if (shown.has(symbol)) continue;
      const statements = declarations.statementsOf(symbol);
      if (statements.length === 0) continue;
      shown.add(symbol);
      hidden.push(signature({ name: symbol.name, symbol, typeOnly: false }, statements));
      reached.push(...symbolsIn(statements, declarations));
    }
    const parts = [
      `# ${entry.specifier}`,
      'Written by `npm run check -- api --write`.',
      ...code(own),
      ...(elsewhere.length === 0 ? [] : ['## The same as in other entries', elsewhere.join('\n')]),
      ...(hidden.length === 0 ? [] : ['## Not exported, but part of signatures', ...code(hidden.sort())]),
    ];
    return { entry, text: `${parts.join('\n\n')}\n` };
  });
}

function code(signatures: readonly string[]): readonly string[] {
  return signatures.length === 0 ? [] : [`\`\`\`ts no-check\n${signatures.join('\n\n')}\n\`\`\``];
}

function signature({ name, symbol, typeOnly }: ExportedName, statements: readonly ts.Statement[]): string {
  const notes = [
    ...(symbol.name === name ? [] : [`// exported as ${name}`]),
    ...(typeOnly && statements.some((statement) => !isType(statement)) ? ['// the type alone'] : []),
  ];
  const texts = statements.map((statement) => statement.getText().replace(/^(?:export |declare )+/, ''));
  return [...notes, ...texts].join('\n');
}

function isType(statement: ts.Statement): boolean {
  return ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
}

/** The symbols that the names in some statements mean. */
function symbolsIn(statements: readonly ts.Statement[], declarations: Declarations): readonly ts.Symbol[] {
  const symbols = new Set<ts.Symbol>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const symbol = declarations.checker.getSymbolAtLocation(node);
      if (symbol !== undefined) symbols.add(declarations.original(symbol));
    }
    ts.forEachChild(node, visit);
  };
  statements.forEach(visit);
  return [...symbols];
}
