import { KvError } from '../../errors/kv-error.ts';

/** In bytes of UTF-8: what every backend takes. */
export const MAX_KEY_BYTES = 1024;

/**
 * The normal form of a key: one slash in front and one behind are dropped. Refuses what some backend could not tell
 * apart or store: empty segments, `.` and `..`, NUL, lone surrogates.
 */
export function normalKey(key: string): string {
  const normal = normalPath(key);
  if (normal === '') throw invalid(key, 'a key has at least one segment');
  return normal;
}

/** What the keys below `prefix` start with: nothing for the empty prefix, else its normal form and a slash. */
export function treePrefix(prefix: string): string {
  const normal = normalPath(prefix);
  return normal === '' ? '' : `${normal}/`;
}

function normalPath(path: unknown): string {
  if (typeof path !== 'string') throw invalid(String(path), 'a key is a string');
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
  if (Buffer.byteLength(normal) > MAX_KEY_BYTES) throw invalid(path, `it has more than ${MAX_KEY_BYTES} bytes`);
  return normal;
}

function invalid(key: string, why: string): KvError {
  return new KvError(
    'ERR_KV_INVALID_KEY',
    `${JSON.stringify(key.slice(0, 80))} is no key: ${why}; write it as "a/b/c"`,
    { key },
  );
}

/**
 * The order of UTF-8 bytes. UTF-16 units give the same order but for surrogates, which belong behind everything else.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) {
      const leftSurrogate = left >= 0xd800 && left <= 0xdfff;
      const rightSurrogate = right >= 0xd800 && right <= 0xdfff;
      if (leftSurrogate !== rightSurrogate) return leftSurrogate ? 1 : -1;
      return left - right;
    }
  }
  return a.length - b.length;
}
