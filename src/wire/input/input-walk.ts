import { isList } from '../../base/host/is-revoked.ts';
import { isDetached, isUint8Array } from '../../base/host/bytes.ts';
import { StoreError } from '../../errors/store-error.ts';
import { brandOf } from '../values/brand.ts';
import { describe } from '../../base/text/describe.ts';
import { enumAdvice } from './enum-members.ts';
import type { EnumType } from '../values/enum-type.ts';
import { isObjectOfMembers, isPlainObject } from './object-shape.ts';
import { canonicalInteger, largestSigned, largestUnsigned, smallestSigned } from './large-integer.ts';
import { nearestName } from './nearest-name.ts';
import { cannotBeAssigned, hasOwnOrClassMember, ownMembers } from './own-members.ts';
import { pathText } from './path-text.ts';
import { isConstantList } from './plain-list.ts';
import { sameBytes, sameElements, sameEntries } from './same-parts.ts';
import { goDurationProblem } from '../values/go-duration.ts';
import type { DurationValue } from '../values/go-duration.ts';
import { emptyBytes, emptyList, emptyMap, mapBrand, newMap, sealMap } from '../values/record.ts';
import type { ReadonlyBytes } from '../values/types.ts';

/** A type of message, as a walk uses it. */
export interface WalkedType<M extends object> {
  readonly typeName: string;
  /** The message without any field set. */
  readonly empty: M;
  readonly fields: readonly { readonly property: string; readonly oneof?: string }[];
  /** The fields by their name in objects. */
  readonly properties: ReadonlyMap<string, unknown>;
  /** True for a canonical message of this type. */
  is(value: unknown): value is M;
  /** The canonical form of an input that is a part of the walked one. */
  walk(input: unknown, previous: M | undefined, walk: InputWalk): M;
}

/**
 * One pass through an input. The walk checks, copies and normalises members, and knows the path of a refused one.
 * A method takes the value of a member, read once by the caller, and the name of its field.
 */
export class InputWalk {
  /** The type of the outermost message. */
  #messageType: string;
  /** The path from the outermost message to the current one. */
  readonly #path: (string | number)[] = [];

  constructor(messageType: string) {
    this.#messageType = messageType;
  }

  /** Prepares the walk for another input, also after an input that was refused. */
  restart(messageType: string): this {
    this.#messageType = messageType;
    if (this.#path.length > 0) this.#path.length = 0;
    return this;
  }

  /**
   * The members of an object that is given as a message. Members that the type does not have are refused; a canonical
   * message of the type cannot have any. `inherited` is true when `Object.prototype` has a member of that name.
   */
  members(input: unknown, type: WalkedType<object>, inherited: boolean): Members {
    if (inherited) return this.#ownMembers(input, type);
    if (type.is(input)) return input as Members;
    if (!isObjectOfMembers(input)) this.refuse('an object', input);
    const { properties } = type;
    for (const name in input) {
      if (!properties.has(name)) this.#refuseUnknown(input, name, type);
    }
    return input;
  }

  /** A string. If it equals the previous one, that one is used, which has been checked already. */
  string(value: unknown, field?: string | number, previous?: string): string {
    if (value === undefined) return '';
    if (value === previous) return previous;
    if (typeof value !== 'string') this.refuse('a string', value, field);
    if (!value.isWellFormed()) this.refuse('a string without lone surrogates', value, field);
    return value;
  }

  bool(value: unknown, field?: string | number): boolean {
    if (value === undefined) return false;
    if (typeof value !== 'boolean') this.refuse('a boolean', value, field);
    return value;
  }

  int32(value: unknown, field?: string | number): number {
    if (value === undefined) return 0;
    if (typeof value !== 'number' || (value | 0) !== value)
      this.refuse('a whole number from -2^31 to 2^31-1', value, field);
    return value | 0;
  }

  uint32(value: unknown, field?: string | number): number {
    if (value === undefined) return 0;
    if (typeof value !== 'number' || value >>> 0 !== value)
      this.refuse('a whole number from 0 to 2^32-1', value, field);
    return value >>> 0;
  }

  /** The result is declared as in canonical objects, but beyond 2^53 it is a bigint. */
  int64(value: unknown, field?: string | number): number {
    if (value === undefined) return 0;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value + 0;
    const large = canonicalInteger(value, smallestSigned, largestSigned);
    return large ?? this.refuse('a whole number or bigint from -2^63 to 2^63-1', value, field);
  }

  /** {@link int64}, unsigned. */
  uint64(value: unknown, field?: string | number): number {
    if (value === undefined) return 0;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value + 0;
    const large = canonicalInteger(value, 0n, largestUnsigned);
    return large ?? this.refuse('a whole number or bigint from 0 to 2^64-1', value, field);
  }

  float(value: unknown, field?: string | number): number {
    if (value === undefined) return 0;
    if (typeof value !== 'number') this.refuse('a number', value, field);
    const rounded = Math.fround(value);
    if (!Number.isFinite(rounded) && Number.isFinite(value))
      this.refuse('a number that a 32-bit float can hold', value, field);
    return rounded + 0;
  }

  /** The bytes of a canonical message are kept; others are copied. */
  bytes(value: unknown, field: string, previous: ReadonlyBytes | undefined, canonical: boolean): ReadonlyBytes {
    if (value === undefined) return emptyBytes;
    if (!isUint8Array(value)) this.refuse('a Uint8Array', value, field);
    if (isDetached(value)) this.refuse('a Uint8Array', value, field, 'lost its memory, which was transferred');
    const copy = canonical ? (value as Uint8Array<ArrayBuffer>) : new Uint8Array(value);
    if (copy.length === 0) return emptyBytes;
    return previous !== undefined && sameBytes(copy, previous) ? previous : copy;
  }

  /** A string in a oneof. */
  optionalString(value: unknown, field: string, previous: string | undefined): string | undefined {
    return value === undefined ? undefined : this.string(value, field, previous);
  }

  /** A number of an enum, also one without a name. The error for a text says which member to write. */
  enumeration(value: unknown, field: string, type: EnumType): number {
    if (value === undefined) return 0;
    if (typeof value !== 'number' || (value | 0) !== value) this.#refuseEnum(value, field, type);
    return value | 0;
  }

  /** An enum in a oneof. */
  optionalEnumeration(value: unknown, field: string, type: EnumType): number | undefined {
    return value === undefined ? undefined : this.enumeration(value, field, type);
  }

  /** A message that may be absent. */
  optional<M extends object>(
    value: unknown,
    field: string,
    type: WalkedType<M>,
    previous: M | undefined,
  ): M | undefined {
    return value === undefined ? undefined : this.#message(value, field, type, previous);
  }

  /** A message that is always present. */
  always<M extends object>(value: unknown, field: string, type: WalkedType<M>, previous: M | undefined): M {
    return value === undefined ? type.empty : this.#message(value, field, type, previous);
  }

  /** {@link always}, for a duration that has to fit Go's `time.Duration`. */
  goDuration<D extends DurationValue>(value: unknown, field: string, type: WalkedType<D>, previous: D | undefined): D {
    const duration = this.always(value, field, type, previous);
    const problem = goDurationProblem(duration);
    if (problem !== undefined) this.refuse("a duration that Go's time.Duration holds", value, field, problem);
    return duration;
  }

  strings(value: unknown, field: string, previous: readonly string[] | undefined): readonly string[] {
    return this.#list(value, field, previous, this.#stringElement);
  }

  uint64s(value: unknown, field: string, previous: readonly number[] | undefined): readonly number[] {
    return this.#list(value, field, previous, this.#uint64Element);
  }

  messages<M extends object>(
    value: unknown,
    field: string,
    type: WalkedType<M>,
    previous: readonly M[] | undefined,
  ): readonly M[] {
    return value === previous && previous !== undefined ? previous : this.#messages(value, field, type, previous);
  }

  stringMap(value: unknown, field: string, previous: StringMap | undefined): StringMap {
    return this.#map(value, field, previous, this.#stringElement);
  }

  messageMap<M extends object>(
    value: unknown,
    field: string,
    type: WalkedType<M>,
    previous: { readonly [key: string]: M } | undefined,
  ): { readonly [key: string]: M } {
    return this.#map(value, field, previous, (element, key, before: M | undefined) =>
      this.#message(element, key, type, before),
    );
  }

  /** Refuses a oneof with more than one set member. */
  oneof<M extends object>(name: string, type: WalkedType<M>, ...members: readonly unknown[]): void {
    let set = 0;
    for (const member of members) if (member !== undefined) set++;
    if (set > 1) this.#refuseOneof(name, type, members);
  }

  /** The number of steps from the outermost message to the current one. */
  get depth(): number {
    return this.#path.length;
  }

  /** Refuses the value at `key`; without a key, the value at the current path. */
  refuse(expected: string, found: unknown, key?: string | number, detail?: string): never {
    const why = detail === undefined ? '' : `, but this one ${detail}`;
    const advice = found === null ? ' Use undefined to leave a field unset.' : '';
    this.fail(`expected ${expected}, found ${describe(found)}${why}.${advice}`, key);
  }

  /** {@link refuse} with a text of the caller. */
  fail(message: string, key?: string | number): never {
    const path = key === undefined ? [...this.#path] : [...this.#path, key];
    throw new StoreError('ERR_INVALID_OBJECT', `${this.#messageType}: ${pathText(path)}: ${message}`, {
      messageType: this.#messageType,
      path,
    });
  }

  /** Runs `step` for the value at `key`. */
  at<R>(key: string | number, step: () => R): R {
    this.#path.push(key);
    const result = step();
    this.#path.pop();
    return result;
  }

  #message<M extends object>(value: unknown, key: string | number, type: WalkedType<M>, previous: M | undefined): M {
    if (value === previous && value !== undefined) return value as M;
    this.#path.push(key);
    const message = type.walk(value, previous, this);
    this.#path.pop();
    return message;
  }

  /** A method of its own, so that the common case of {@link messages} makes no closure. */
  #messages<M extends object>(
    value: unknown,
    field: string,
    type: WalkedType<M>,
    previous: readonly M[] | undefined,
  ): readonly M[] {
    return this.#list(value, field, previous, (element, index, before: M | undefined) =>
      this.#message(element, index, type, before),
    );
  }

  readonly #stringElement = (value: unknown, key: string | number): string => {
    if (typeof value !== 'string') this.refuse('a string', value, key);
    if (!value.isWellFormed()) this.refuse('a string without lone surrogates', value, key);
    return value;
  };

  readonly #uint64Element = (value: unknown, index: string | number): number => {
    if (value === undefined) this.refuse('a whole number or bigint', value, index);
    return this.uint64(value, index);
  };

  #list<T>(
    value: unknown,
    field: string,
    previous: readonly T[] | undefined,
    walkElement: (element: unknown, index: number, previous: T | undefined) => T,
  ): readonly T[] {
    if (value === undefined || value === emptyList) return emptyList;
    if (value === previous) return previous;
    if (!isList(value)) this.refuse('an array', value, field);
    const list = value;
    const { length } = list;
    if (length === 0) return emptyList;
    this.#path.push(field);
    const elements: T[] = [];
    let unchanged = true;
    for (let index = 0; index < length; index++) {
      const given = list[index];
      const element = walkElement(given, index, previous?.[index]);
      unchanged &&= element === given;
      elements.push(element);
    }
    this.#path.pop();
    if (previous !== undefined && sameElements(elements, previous)) return previous;
    return unchanged && isConstantList(list) ? (list as readonly T[]) : Object.freeze(elements);
  }

  #map<V>(
    value: unknown,
    field: string,
    previous: { readonly [key: string]: V } | undefined,
    walkValue: (element: unknown, key: string, previous: V | undefined) => V,
  ): { readonly [key: string]: V } {
    if (value === undefined || value === emptyMap) return emptyMap;
    if (value === previous) return previous;
    const canonical = brandOf(value) === mapBrand;
    if (!canonical && !isPlainObject(value)) this.refuse('a plain object', value, field);
    const entries = value as Members;
    const keys = Object.keys(entries);
    if (keys.length === 0) return emptyMap;
    this.#path.push(field);
    const map = newMap<V>();
    let unchanged = canonical;
    for (const key of keys) {
      if (!key.isWellFormed()) this.fail('a key with a lone surrogate, which UTF-8 cannot express.', key);
      const given = entries[key];
      const element = walkValue(given, key, previous?.[key]);
      unchanged &&= element === given;
      map[key] = element;
    }
    this.#path.pop();
    if (previous !== undefined && sameEntries(map, keys, previous)) return previous;
    return unchanged ? (entries as { readonly [key: string]: V }) : sealMap(map);
  }

  /** {@link members} without those of `Object.prototype`. */
  #ownMembers(input: unknown, type: WalkedType<object>): Members {
    const own = ownMembers(this.members(input, type, false), type.properties.keys());
    const fixed = Object.keys({ ...type.empty, ...own }).find((name) => cannotBeAssigned(name));
    if (fixed !== undefined)
      this.fail('Object.prototype has a read-only member of this name, so that no object has its own.', fixed);
    return own;
  }

  #refuseEnum(value: unknown, field: string, type: EnumType): never {
    if (typeof value !== 'string') this.refuse(`a number of ${type.name}`, value, field);
    this.fail(`expected a number of ${type.name}, found a string. ${enumAdvice(type, value)}`, field);
  }

  #refuseUnknown(input: object, name: string, type: WalkedType<object>): void {
    if (!hasOwnOrClassMember(input, name)) return;
    const near = nearestName(name, [...type.properties.keys()]);
    const advice = near === undefined ? '' : ` Did you mean ${near}?`;
    this.fail(`${type.typeName} has no such field.${advice}`, name);
  }

  #refuseOneof(name: string, type: WalkedType<object>, members: readonly unknown[]): never {
    const names = type.fields.filter(({ oneof }) => oneof === name).map(({ property }) => property);
    const set = names.filter((_, index) => members[index] !== undefined);
    this.fail(`only one of ${names.join(', ')} can be set, found ${set.join(' and ')}.`, set[1]);
  }
}

type StringMap = { readonly [key: string]: string };
type Members = { readonly [name: string]: unknown };
