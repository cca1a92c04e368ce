import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The objects that the original's code finds in a folder. */
export interface ExpectedContents {
  readonly applied: number;
  readonly objects: Readonly<
    Record<string, readonly { readonly id: string; readonly version: number; readonly sha256: string }[]>
  >;
}

/** The facts about a folder that the original's code gives. */
export interface Expected {
  readonly unlockKey?: string;
  readonly log: {
    readonly self: { readonly raftId: string; readonly nodeId: string };
    readonly snapshot?: { readonly index: number };
    readonly entries: readonly [number, number];
    readonly members: readonly string[];
    readonly removed: readonly string[];
    readonly end: { readonly kind: string; readonly offset: number };
    readonly locked?: boolean;
    readonly kekVersion?: number;
  };
  readonly all: ExpectedContents;
  /** Without objects, where they are those of `all`. */
  readonly committed: { readonly applied: number; readonly objects?: ExpectedContents['objects'] };
}

/** The state folder of a real manager. */
export interface Fixture {
  readonly name: string;
  readonly expected: Expected;
  readonly files: ReadonlyMap<string, Buffer>;
}

const folder = join(__dirname, '..', 'fixtures');

export const fixtureNames: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.tar.gz'))
  .map((name) => name.replace('.tar.gz', ''));

/** Reads an archive of a folder. */
export function readFixture(name: string): Fixture {
  const files = new Map<string, Buffer>();
  const archive = gunzipSync(readFileSync(join(folder, `${name}.tar.gz`)));
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0;) {
    const header = archive.subarray(at, at + 512);
    const path = textOf(header, 0, 100);
    const size = Number.parseInt(textOf(header, 124, 12), 8);
    const type = String.fromCharCode(header[156] as number);
    if (type === '0') files.set(path.replace(/^(?:\.\/)?[^/]+\//, ''), archive.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  const expected = JSON.parse((files.get('expected.json') as Buffer).toString()) as Expected;
  files.delete('expected.json');
  return { name, expected, files };
}

function textOf(header: Buffer, start: number, length: number): string {
  return header
    .subarray(start, start + length)
    .toString('latin1')
    .replace(/\0.*$/s, '')
    .trim();
}

/** The one file of a folder whose path ends so. */
export function fileOf({ files }: Pick<Fixture, 'files'>, ending: string): readonly [string, Buffer] {
  const found = [...files].find(([path]) => path.endsWith(ending));
  if (found === undefined) throw new Error(`the fixture has no file that ends with ${ending}`);
  return found;
}

/** Folders of a test. They are removed when the test ends. */
export class Folders {
  readonly #root = mkdtempSync(join(tmpdir(), 'swarmstate-folder-'));
  #count = 0;

  get root(): string {
    return this.#root;
  }

  /** Writes files to a new folder. Gives its path. */
  write(files: ReadonlyMap<string, Uint8Array>): string {
    this.#count += 1;
    const path = join(this.#root, String(this.#count));
    mkdirSync(path);
    for (const [name, bytes] of files) this.put(path, name, bytes);
    return path;
  }

  put(path: string, name: string, bytes: Uint8Array): void {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), bytes);
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}
