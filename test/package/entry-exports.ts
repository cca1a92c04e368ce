import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { packageFolder } from './package-manifest.ts';

/** The names that a source file hands on, and the statements in it that do anything else. */
export interface EntryExports {
  readonly values: readonly string[];
  readonly types: readonly string[];
  readonly others: readonly string[];
}

export function entryExports(path: string): EntryExports {
  const file = ts.createSourceFile(path, readFileSync(join(packageFolder, path), 'utf8'), ts.ScriptTarget.Latest);
  const values: string[] = [];
  const types: string[] = [];
  const others: string[] = [];
  for (const statement of file.statements) {
    if (
      ts.isExportDeclaration(statement) &&
      statement.exportClause !== undefined &&
      ts.isNamedExports(statement.exportClause)
    ) {
      for (const { name, isTypeOnly } of statement.exportClause.elements)
        (statement.isTypeOnly || isTypeOnly ? types : values).push(name.text);
    } else {
      others.push(statement.getText(file));
    }
  }
  return { values: values.sort(), types: types.sort(), others };
}
