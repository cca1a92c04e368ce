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
 */
export class Value {
  readonly #source: Source;
  readonly #node: Node | null;
  /** The position; for a missing value, the position where it should be. */
  readonly #fallback: Node | undefined;
  /** The path for people: `services.web.image`. */
  readonly path: string;

  constructor(source: Source, node: Node | null, path: string, fallback?: Node) {
    this.#source = source;
    this.#node = isAlias(node) ? (node.resolve(source.document) ?? node) : node;
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

  /** A whole number, not below 0. */
  count(): number | undefined {
    return this.#parse('a whole number of 0 or more', (text) => {
      const number = Number(text);
      return text.trim() !== '' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
    });
  }

  /** Permissions of a file, in octal, with or without the leading zero. */
  fileMode(): number | undefined {
    return this.#parse('permissions, such as 0440', (text) =>
      /^0?o?[0-7]{1,4}$/.test(text) ? Number.parseInt(text.replace('o', ''), 8) : undefined,
    );
  }

  boolean(): boolean | undefined {
    return this.#parse('true or false', (text) => (text === 'true' ? true : text === 'false' ? false : undefined));
  }

  /** A duration in the form of the store. */
  duration(): { readonly seconds: number; readonly nanos: number } | undefined {
    const span = this.#parse('a duration, such as 10s or 1m30s', parseDuration);
    return span === undefined ? undefined : duration(span);
  }

  /** A size in bytes. */
  bytes(): number | undefined {
    return this.#parse('a size, such as 512M or 2G', parseBytes);
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
   * The entries of a mapping with any keys, including those that it merges (`<<`). Its own entries win over merged
   * ones.
   */
  entries(): readonly Entry[] {
    if (this.isEmpty) return [];
    if (!isMap(this.#node)) {
      this.#expect('a mapping', undefined);
      return [];
    }
    const own = new Map<string, Entry>();
    const merged: Entry[] = [];
    for (const pair of this.#node.items) {
      const keyNode = pair.key as Node;
      const key = isScalar(keyNode) ? String(keyNode.value) : '';
      const path = this.path === '' ? key : `${this.path}.${key}`;
      const value = new Value(this.#source, pair.value as Node | null, path, keyNode);
      if (key === '<<') {
        for (const part of value.isList ? value.list() : [value]) merged.push(...part.entries());
      } else {
        own.set(key, { key, keyValue: new Value(this.#source, keyNode, path), value });
      }
    }
    for (const entry of merged) if (!own.has(entry.key)) own.set(entry.key, entry);
    return [...own.values()];
  }

  /** Reads a mapping of known keys. An unknown key has no effect; it may be misspelt, so it causes a warning. */
  read(readers: Readers): void {
    for (const { key, keyValue, value } of this.entries()) {
      const reader = Object.hasOwn(readers, key) ? readers[key] : undefined;
      if (reader !== undefined) reader(value);
      // Extension keys, which tools ignore.
      else if (!key.startsWith('x-'))
        keyValue.warn(`${keyValue.path} has no effect here${hint(key, Object.keys(readers))}`);
    }
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
        `the variable ${name} has no value, so that nothing stands in its place; write \${${name}:-default} to give it one`,
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
    const node = this.#node?.range ? this.#node : this.#fallback;
    const { line, col } = this.#source.lines.linePos(node?.range?.[0] ?? 0);
    this.#source.problems.push({ severity, line: Math.max(1, line), column: Math.max(1, col), message });
  }
}

/** Returns `; did you mean …?` when one of the words is near. */
export function hint(text: string, words: Iterable<string>): string {
  const word = nearest(text, words);
  return word === undefined ? '' : `; did you mean ${word}?`;
}

function describe(node: Node | null): string {
  if (isMap(node)) return 'a mapping';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node) || node.value === null) return 'nothing';
  const text = typeof node.value === 'string' ? `'${node.value}'` : (node.source ?? typeof node.value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
