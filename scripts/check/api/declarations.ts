import { posix } from 'node:path';
import ts from 'typescript';

/** A name that an entry exports. */
export interface ExportedName {
  readonly name: string;
  readonly symbol: ts.Symbol;
  /** True for `export type`, which exports no value. */
  readonly typeOnly: boolean;
}

/** The declaration files of src, in memory only, as a program that can be asked what their names mean. */
export class Declarations {
  readonly checker: ts.TypeChecker;
  readonly #program: ts.Program;
  readonly #root: string;
  readonly #files: ReadonlyMap<string, string>;

  /**
   * @param root the folder in which packages are found
   * @param sources the text of each source file, by its path from the root
   */
  constructor(root: string, sources: ReadonlyMap<string, string>) {
    this.#root = root;
    this.#files = new Map(
      [...sources].map(([path, text]) => [this.#declarationPath(path), declarationText(path, text)]),
    );
    const options: ts.CompilerOptions = {
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      types: ['node'],
      noEmit: true,
    };
    const disk = ts.createCompilerHost(options);
    const host: ts.CompilerHost = {
      ...disk,
      // The sources are out of sight, so that an import leads to the declarations.
      fileExists: (path) =>
        this.#files.has(path) || (!path.startsWith(posix.join(root, 'src/')) && disk.fileExists(path)),
      readFile: (path) => this.#files.get(path) ?? disk.readFile(path),
      getSourceFile: (path, language, ...rest) => {
        const text = this.#files.get(path);
        return text === undefined
          ? disk.getSourceFile(path, language, ...rest)
          : ts.createSourceFile(path, text, language, true);
      },
    };
    this.#program = ts.createProgram({ rootNames: [...this.#files.keys()], options, host });
    this.checker = this.#program.getTypeChecker();
  }

  /** The names that a source exports. */
  exportsOf(source: string): readonly ExportedName[] {
    const file = this.#program.getSourceFile(this.#declarationPath(source));
    const module = file === undefined ? undefined : this.checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`${source} has no exports`);
    return this.checker
      .getExportsOfModule(module)
      .map((symbol) => ({
        name: symbol.name,
        symbol: this.original(symbol),
        typeOnly: symbol.declarations?.some((node) => ts.isTypeOnlyExportDeclaration(node)) === true,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The declared symbol behind imports and re-exports. */
  original(symbol: ts.Symbol): ts.Symbol {
    return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : this.checker.getAliasedSymbol(symbol);
  }

  /** The statements of src that declare a symbol; none for names of packages and of the language. */
  statementsOf(symbol: ts.Symbol): readonly ts.Statement[] {
    return (symbol.declarations ?? []).flatMap((declaration) => {
      const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
      const ours = this.#files.has(statement.getSourceFile().fileName);
      return ours && ts.isStatement(statement) && ts.isSourceFile(statement.parent) ? [statement] : [];
    });
  }

  #declarationPath(source: string): string {
    return posix.join(this.#root, source.replace(/\.ts$/, '.d.ts'));
  }
}

/** Every export states its type (`isolatedDeclarations`), so that a file is enough to write its declarations. */
function declarationText(path: string, text: string): string {
  return ts.transpileDeclaration(text, {
    fileName: path,
    compilerOptions: {
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      isolatedDeclarations: true,
      removeComments: true,
    },
  }).outputText;
}
