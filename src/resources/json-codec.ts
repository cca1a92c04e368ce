import { isRevoked } from '../base/host/is-revoked.ts';
import { isPlainObject } from '../base/plain-object.ts';
import { quote } from '../base/text/describe.ts';
import { StoreError } from '../errors/store-error.ts';
import type { ResourceCodec } from './resource-definition.ts';

/** The levels of a value: reading and writing are recursive. */
const MAX_LEVELS = 500;

/**
 * A codec of JSON, with the members of objects in one order: values that are equal have equal bytes. Members that are
 * undefined are left out. `encode` throws `ERR_INVALID_OBJECT` for a value that JSON would change or lose: a bigint,
 * NaN, a date, a map, bytes, undefined in a list. `decode` throws `ERR_DECODE`.
 *
 * @example
 * ```ts
 * import { defineResource, jsonCodec } from 'swarmstate/resources';
 *
 * interface Backup {
 *   readonly volume: string;
 *   readonly hour: number;
 * }
 * const backups = defineResource<Backup>({ kind: 'backup', codec: jsonCodec() });
 * console.log(backups.kind);
 * ```
 */
export function jsonCodec<T>(): ResourceCodec<T> {
  return {
    encode: (value) => new TextEncoder().encode(JSON.stringify(ordered(value, []))),
    decode: (bytes) => {
      try {
        return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as T;
      } catch (cause) {
        throw new StoreError(
          'ERR_DECODE',
          'the payload of a resource is no JSON; was it written with another codec?',
          { messageType: 'JSON', offset: 0 },
          { cause },
        );
      }
    },
  };
}

/** A copy with the members in the order of their names. */
function ordered(value: unknown, path: readonly string[]): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'object' || isRevoked(value)) throw unfit(value, path);
  if (path.length > MAX_LEVELS) throw unfit(value, path);
  if (Array.isArray(value))
    return Array.from(value, (item: unknown, position) => ordered(item, [...path, String(position)]));
  if (!isPlainObject(value)) throw unfit(value, path);
  const copy = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(value).sort()) {
    const member = (value as Readonly<Record<string, unknown>>)[key];
    if (member !== undefined) copy[key] = ordered(member, [...path, key]);
  }
  return copy;
}

function unfit(value: unknown, path: readonly string[]): StoreError<'ERR_INVALID_OBJECT'> {
  const shown = path.slice(0, 20);
  const deep = path.length > MAX_LEVELS ? `, nested more than ${MAX_LEVELS} levels deep,` : '';
  return new StoreError(
    'ERR_INVALID_OBJECT',
    `value${shown.map((step) => `.${step}`).join('')} is ${quote(value)}${deep} which JSON does not keep; ` +
      'write a codec of your own for it',
    { messageType: 'JSON', path: ['value', ...shown] },
  );
}
