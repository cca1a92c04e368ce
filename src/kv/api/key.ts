import { describe } from '../../base/text/describe.ts';
import { utf8Length } from '../../base/host/bytes.ts';
import { KvError } from '../../errors/kv-error.ts';

/** The longest key that every backend takes, in bytes of UTF-8. */
export const MAX_KEY_BYTES = 1024;

/**
 * The normal form of a key, without one slash at either end. Throws `ERR_KV_INVALID_KEY` for keys that some backend
 * cannot store or cannot tell apart: empty segments, `.` and `..`, NUL, lone surrogates, and too long keys.
 */
export function normalKey(key: string): string {
  const normal = normalPath(key);
  if (normal === '') throw invalid(key, 'a key has at least one segment');
  return normal;
}

/** The beginning of all keys below `prefix`: its normal form and a slash, or the empty string for the empty prefix. */
export function treePrefix(prefix: string): string {
  const normal = normalPath(prefix);
  return normal === '' ? '' : `${normal}/`;
}

function normalPath(path: unknown): string {
  if (typeof path !== 'string') throw invalid(describe(path), 'a key is a string');
  const normal = path.replace(/^\//, '').replace(/\/$/, '');
  if (normal === '') {
    if (path.length > 1) throw invalid(path, 'segments are not empty');
    return '';
  }
  for (const segment of normal.split('/')) {
    if (segment === '') throw invalid(path, 'segments are not empty');
    if (segment === '.' || segment === '..') throw invalid(path, 'no segment is "." or ".."');
  }
  if (normal.includes('\0')) throw invalid(path, 'it has a NUL');
  if (!normal.isWellFormed()) throw invalid(path, 'it has half of a surrogate pair');
  if (utf8Length(normal) > MAX_KEY_BYTES) throw invalid(path, `it has more than ${MAX_KEY_BYTES} bytes`);
  return normal;
}

function invalid(key: string, why: string): KvError {
  return new KvError(
    'ERR_KV_INVALID_KEY',
    `${JSON.stringify(key.slice(0, 80))} is no key: ${why}; write it as "a/b/c"`,
    { key },
  );
}
