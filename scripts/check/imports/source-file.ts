import { posix } from 'node:path';
import ts from 'typescript';
import { lineAt } from '../../repository/source-text.ts';

/** An import of a source file: of values or of types, static or dynamic. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** The path from the root that a relative specifier leads to; absent for packages. */
  readonly target?: string;
}

/** A TypeScript file of the repository and its imports. */
export interface SourceFile {
  readonly path: string;
  readonly imports: readonly Import[];
}

/** Reads the imports of a file. A relative specifier is the path of a file, `.ts` included: nothing is looked up. */
export function readSourceFile(path: string, text: string): SourceFile {
  const imports = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName, pos }): Import => {
    const at = { specifier: fileName, line: lineAt(text, pos) };
    return fileName.startsWith('.') ? { ...at, target: posix.join(posix.dirname(path), fileName) } : at;
  });
  return { path, imports };
}
