import { dirname, isAbsolute, join } from 'node:path';
import { LineCounter, parseAllDocuments, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { parseDotenv } from './dotenv.ts';
import type { Environment } from './interpolation.ts';
import type { Problem } from './problems.ts';
import { Value } from './value.ts';

/** Returns the contents of a file, by its path relative to the Compose file; throws when it cannot be read. */
export type ReadFile = (path: string) => Uint8Array;

/** The files of one import: the Compose file, and those that it names. Collects the problems with all of them. */
export class ComposeFiles {
  readonly problems: Problem[] = [];
  readonly #readFile: ReadFile;

  constructor(readFile: ReadFile) {
    this.#readFile = readFile;
  }

  /**
   * Parses a Compose file. Its documents lie over each other, the last on top. Undefined when it is no YAML. `file` is
   * undefined for the Compose file itself.
   */
  parse(text: string, file: string | undefined, folder: string, environment: Environment): Value | undefined {
    const lines = new LineCounter();
    const documents: readonly Document[] = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
    const errors = documents.flatMap(({ errors: found }) => found);
    for (const { pos, message } of errors) {
      const { line, col } = lines.linePos(pos[0]);
      this.problems.push({ severity: 'error', file, line, column: col, message: `this is no valid YAML: ${message}` });
    }
    if (errors.length > 0) return undefined;
    const { problems } = this;
    const [first, ...others] = documents.length > 0 ? documents : [parseDocument('', { lineCounter: lines })];
    const valueOf = (document: Document): Value =>
      new Value({ file, folder, document, lines, environment, problems }, document.contents, '');
    return first === undefined
      ? undefined
      : others.reduce((below, document) => valueOf(document).over(below), valueOf(first));
  }

  /** Reads and parses another Compose file. A file that cannot be used is an error of `from`, which names it. */
  load(path: string, from: Value, folder: string, environment: Environment): Value | undefined {
    const bytes = this.read(path, from);
    if (bytes === undefined) return undefined;
    return this.parse(new TextDecoder().decode(bytes), path, folder, environment);
  }

  /** The contents of a file; undefined, and an error of `from`, when it cannot be read. */
  read(path: string, from: Value): Uint8Array | undefined {
    try {
      return this.#readFile(path);
    } catch (error) {
      from.error(
        `${from.path}: ${path} cannot be read (${reasonOf(error)}); the path starts from the folder of the ` +
          'Compose file',
      );
      return undefined;
    }
  }

  /** The variables of a file such as `.env`; undefined when there is no such file. */
  variables(path: string, environment: Environment): Readonly<Record<string, string>> | undefined {
    let bytes: Uint8Array;
    try {
      bytes = this.#readFile(path);
    } catch {
      return undefined;
    }
    const { values, faults } = parseDotenv(new TextDecoder().decode(bytes), environment);
    for (const fault of faults) this.problems.push({ severity: 'error', file: path, column: 1, ...fault });
    return values;
  }
}

/** A path in a file, as a path relative to the Compose file. */
export function pathFrom(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

/** The folder of a file. */
export function folderOf(path: string): string {
  return dirname(path);
}

const reasons: { readonly [code: string]: string } = {
  ENOENT: 'there is no such file',
  EISDIR: 'this is a folder',
  EACCES: 'you may not read it',
};

/** The reason why a file cannot be read. */
export function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return reasons[code ?? ''] ?? (error instanceof Error ? error.message : String(error));
}
