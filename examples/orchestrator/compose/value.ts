import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Document, LineCounter, Node, Scalar } from 'yaml';
import { duration } from '../time.ts';
import { interpolate } from './interpolation.ts';
import type { Environment } from './interpolation.ts';
import { nearest } from './problems.ts';
import type { Problem } from './problems.ts';
import { parseBytes, parseDuration } from './units.ts';

/** The file that values are read from. */
export interface Source {
  /** The name of the file in messages; undefined for the Compose file itself. */
  readonly file: string | undefined;
  /** The folder that paths in the file start from. */
  readonly folder: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly environment: Environment;
  /** The problems that were found so far. */
  readonly problems: Problem[];
}

/** An entry of a mapping. */
export interface Entry {
  readonly key: string;
  /** The key, for problems with it. */
  readonly keyValue: Value;
  readonly value: Value;
}

/** The readers of a mapping's members, by key. */
export interface Readers {
  readonly [key: string]: (value: Value) => void;
}

/**
 * A value of the file and its position. A method that expects a certain type reports an error for another type and
 * returns undefined. Reading then goes on, so that all errors are found.
 *
 * A value may lie over another one, as a service lies over the service that it extends. Then {@link entries} has the
 * entries of both, and {@link parts} both lists. Everything else is read from the upper one.
 */
export class Value {
  readonly #source: Source;
  readonly #node: Node | null;
  /** The value below this one. */
  readonly #base: Value | undefined;
  /** The position; for a missing value, the position where it should be. */
  readonly #fallback: Node | undefined;
  /** The path for people: `services.web.image`. */
  readonly path: string;

  constructor(source: Source, node: Node | null, path: string, fallback?: Node, base?: Value) {
    this.#source = source;
    this.#node = isAlias(node) ? (node.resolve(source.document) ?? node) : node;
    this.#base = base;
    this.#fallback = isAlias(node) ? node : fallback;
    this.path = path;
  }

  /** True for a missing value, as in `networks: { backend: }`. */
  get isEmpty(): boolean {
    return this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }

  get isMapping(): boolean {
    return isMap(this.#node);
  }

  get isList(): boolean {
    return isSeq(this.#node);
  }

  get source(): Source {
    return this.#source;
  }

  /** The line of the value, and its file if that is not the Compose file itself. */
  get position(): string {
    const { file } = this.#source;
    return `line ${this.#position().line}${file === undefined ? '' : ` of ${file}`}`;
  }

  /**
   * This value over another one. An empty value leaves the other one as it is. The tag `!override` leaves nothing of
   * the other one. So does `!reset`, whose value counts as missing.
   */
  over(base: Value): Value {
    if (this.#node?.tag === '!override' || this.#node?.tag === '!reset') return this;
    if (this.isEmpty) return base;
    const own = this.#base === undefined ? base : this.#base.over(base);
    return new Value(this.#source, this.#node, this.path, this.#fallback, own);
  }

  /** The values that lie over each other, the lowest first, each by itself. */
  parts(): readonly Value[] {
    if (this.#base === undefined) return [this];
    return [...this.#base.parts(), new Value(this.#source, this.#node, this.path, this.#fallback)];
  }

  error(message: string): void {
    this.#note('error', message);
  }

  warn(message: string): void {
    this.#note('warning', message);
  }

  /** Returns `found`, and reports an error when it is undefined. */
  expect<T>(found: T | undefined, message: string): T | undefined {
    if (found === undefined) this.error(message);
    return found;
  }

  /** A single value as text; undefined for any other. */
  scalar(): string | undefined {
    if (!isScalar(this.#node) || this.#node.value === null) return undefined;
    const scalar: Scalar = this.#node;
    return typeof scalar.value === 'string'
      ? interpolate(scalar.value, this.#source.environment).text
      : (scalar.source ?? String(scalar.value));
  }

  /** Any single value as text. A number or a boolean counts as its text in the file. */
  text(): string | undefined {
    return this.#expect('a text', this.#scalarText());
  }

  /** A text that has to be written as text: texts that look like a number or a boolean need quotes. */
  string(): string | undefined {
    if (!isScalar(this.#node) || typeof this.#node.value === 'string' || this.#node.value === null) return this.text();
    this.error(`${this.path} should be a text, not ${describe(this.#node)}; put it in quotes if it is one`);
    return undefined;
  }

  /** One of a few words. */
  oneOf<T extends string>(...words: readonly T[]): T | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    const found = words.find((word) => word === text);
    return this.expect(found, `${this.path} is one of ${words.join(', ')}, not '${text}'${hint(text, words)}`);
  }

  number(): number | undefined {
    return this.#parse('a number', (text) =>
      text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined,
    );
  }

  /** A whole number from 0 to `most`. */
  count(most: number = Number.MAX_SAFE_INTEGER): number | undefined {
    const number = this.#parse('a whole number of 0 or more', (text) => {
      const parsed = Number(text);
      return text.trim() !== '' && Number.isSafeInteger(parsed) && parsed >= 0 ? parsed : undefined;
    });
    if (number === undefined || number <= most) return number;
    this.error(`${this.path} is at most ${most}, not ${number}`);
    return undefined;
  }

  /** Permissions of a file, in octal, with or without the leading zero. */
  fileMode(): number | undefined {
    return this.#parse('permissions, such as 0440', (text) =>
      /^0?o?[0-7]{1,4}$/.test(text) ? Number.parseInt(text.replace('o', ''), 8) : undefined,
    );
  }

  boolean(): boolean | undefined {
    return this.#parse('true or false', (text) =>
      /^(?:true|yes|on|y|1)$/i.test(text) ? true : /^(?:false|no|off|n|0)$/i.test(text) ? false : undefined,
    );
  }

  /** A duration in the form of the store. */
  duration(): { readonly seconds: number; readonly nanos: number } | undefined {
    const span = this.#parse('a duration, such as 10s or 1m30s', (text) => inRange(parseDuration(text)));
    return span === undefined ? undefined : duration(span);
  }

  /** A size in bytes. */
  bytes(): number | undefined {
    return this.#parse('a size, such as 512M or 2G', (text) => inRange(parseBytes(text)));
  }

  list(): readonly Value[] {
    if (!isSeq(this.#node)) {
      this.#expect('a list', undefined);
      return [];
    }
    return this.#node.items.map(
      (item, index) => new Value(this.#source, item as Node | null, `${this.path}[${index}]`, this.#node ?? undefined),
    );
  }

  /** A list of texts. */
  texts(): readonly string[] {
    return this.list().flatMap((item) => item.text() ?? []);
  }

  /**
   * The entries of a mapping with any keys, including those that it merges (`<<`) and those of the mapping below it.
   * Its own entries win over merged ones, and lie over those below.
   */
  entries(): readonly Entry[] {
    const own = new Map(this.#ownEntries([]).map((entry) => [entry.key, entry]));
    const below = this.isMapping && this.#base?.isMapping === true ? this.#base.entries() : [];
    const merged = below.map((entry) => {
      const above = own.get(entry.key);
      own.delete(entry.key);
      return above === undefined ? entry : { ...above, value: above.value.over(entry.value) };
    });
    return [...merged, ...own.values()].filter(({ value }) => value.#node?.tag !== '!reset');
  }

  /** The entry of a mapping with this key. Reports nothing if this is no mapping. */
  member(key: string): Value | undefined {
    return this.isMapping ? this.entries().find((entry) => entry.key === key)?.value : undefined;
  }

  /**
   * Reads a mapping of known keys. A known key without a value counts as missing. An unknown key has no effect; it may
   * be misspelt, so it causes a warning.
   */
  read(readers: Readers): void {
    for (const { key, keyValue, value } of this.entries()) {
      const reader = Object.hasOwn(readers, key) ? readers[key] : undefined;
      if (reader !== undefined) {
        if (!value.isEmpty) reader(value);
      }
      // Extension keys, which tools ignore.
      else if (!key.startsWith('x-'))
        keyValue.warn(`${keyValue.path} has no effect here${hint(key, Object.keys(readers))}`);
    }
  }

  /** The entries of this mapping alone. `merging` has the mappings that this one is merged into. */
  #ownEntries(merging: readonly Node[]): readonly Entry[] {
    if (this.isEmpty) return [];
    if (!isMap(this.#node)) {
      this.#expect('a mapping', undefined);
      return [];
    }
    if (merging.includes(this.#node)) {
      this.error(`${this.path} merges itself`);
      return [];
    }
    const own = new Map<string, Entry>();
    const merged: Entry[] = [];
    for (const pair of this.#node.items) {
      const keyNode = pair.key as Node;
      const key = isScalar(keyNode) ? String(keyNode.value) : '';
      const path = key === '<<' ? this.path : this.path === '' ? key : `${this.path}.${key}`;
      const value = new Value(this.#source, pair.value as Node | null, path, keyNode);
      if (key === '<<') {
        for (const part of value.isList ? value.list() : [value])
          merged.push(...part.#ownEntries([...merging, this.#node]));
      } else {
        own.set(key, { key, keyValue: new Value(this.#source, keyNode, path), value });
      }
    }
    for (const entry of merged) if (!own.has(entry.key)) own.set(entry.key, entry);
    return [...own.values()];
  }

  #parse<T>(expected: string, parse: (text: string) => T | undefined): T | undefined {
    const text = this.#scalarText();
    return this.#expect(expected, text === undefined ? undefined : parse(text));
  }

  /** The text in the file, with its variables filled in; undefined for a list or a mapping. */
  #scalarText(): string | undefined {
    if (!isScalar(this.#node) || this.#node.value === null) return undefined;
    const scalar: Scalar = this.#node;
    if (typeof scalar.value !== 'string') return scalar.source ?? String(scalar.value);
    const { text, unset, fault } = interpolate(scalar.value, this.#source.environment);
    for (const name of unset)
      this.warn(
        `the variable ${name} has no value, so that nothing stands in its place; ` +
          `write \${${name}:-default} to give it one`,
      );
    if (fault !== undefined) this.error(fault);
    return text;
  }

  #expect<T>(expected: string, found: T | undefined): T | undefined {
    return this.expect(
      found,
      `${this.path === '' ? 'the file' : this.path} should be ${expected}, not ${describe(this.#node)}`,
    );
  }

  #note(severity: Problem['severity'], message: string): void {
    this.#source.problems.push({ severity, file: this.#source.file, ...this.#position(), message });
  }

  #position(): { readonly line: number; readonly column: number } {
    const node = this.#node?.range ? this.#node : this.#fallback;
    const { line, col } = this.#source.lines.linePos(node?.range?.[0] ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** The number if the store can hold it. */
function inRange(number: number | undefined): number | undefined {
  return number === undefined || number > Number.MAX_SAFE_INTEGER ? undefined : number;
}

/** Returns `; did you mean …?` when one of the words is near. */
export function hint(text: string, words: Iterable<string>): string {
  const word = nearest(text, words);
  return word === undefined ? '' : `; did you mean ${word}?`;
}

function describe(node: Node | null): string {
  if (isMap(node)) return 'a mapping';
  if (isSeq(node)) return 'a list';
  if (isAlias(node)) return `*${node.source}, an alias without an anchor`;
  if (!isScalar(node) || node.value === null) return 'nothing';
  const text = typeof node.value === 'string' ? `'${node.value}'` : (node.source ?? typeof node.value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
