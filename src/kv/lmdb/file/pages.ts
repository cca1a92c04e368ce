import { readSync } from 'node:fs';

/**
 * The parts of lmdb's file format that are looked at before a file is opened. Numbers are little-endian, offsets are
 * bytes from the start of a page.
 */
const at = {
  flags: 18,
  lower: 20,
  header: 24,
  magic: 24,
  version: 28,
  pageSize: 48,
  databaseFlags: 52,
  freeRoot: 88,
  mainRoot: 136,
  lastPage: 144,
  transaction: 152,
} as const;
const metaBytes = 160;
const magic = 0xbeefc0de;
const dataVersion = 2;
const encrypted = 0x2000;
const flag = { branch: 1, leaf: 2, meta: 8 } as const;
const node = { header: 8, isLarge: 1 } as const;
const noPage = 2n ** 64n - 1n;
/** More pages cannot be mapped into the memory of a process. */
const mostBytes = 2n ** 46n;

interface Meta {
  readonly pageSize: number;
  readonly roots: readonly bigint[];
  readonly lastPage: bigint;
  readonly transaction: bigint;
}

/**
 * Throws unless the file is one of lmdb's with all pages that are in use. Reading a page behind the end of the file
 * ends the process. A file may be shorter than its number of pages says, because pages that one transaction took and
 * gave back are not written. Such a file is walked through, O(pages); every other file costs two reads.
 */
export function checkPages(name: string, descriptor: number, size: number): void {
  const first = readMeta(name, descriptor, 0);
  const second = readMeta(name, descriptor, first.pageSize);
  const newest = first.transaction > second.transaction ? first : second;
  const pageSize = BigInt(first.pageSize);
  const bytes = (newest.lastPage + 1n) * pageSize;
  if (bytes <= BigInt(size)) return;
  const end = BigInt(size) / pageSize;
  if (bytes < mostBytes && newest.roots.every((root) => isThere(descriptor, first.pageSize, root, end))) return;
  // The file may have been written meanwhile, by a process that has it open. Such a file is not cut.
  const now = readMeta(name, descriptor, 0);
  const then = readMeta(name, descriptor, first.pageSize);
  if (now.transaction !== first.transaction || then.transaction !== second.transaction) return;
  throw new Error(`${name} has ${size} bytes, and lacks pages that its ${bytes} bytes once had`);
}

function readMeta(name: string, descriptor: number, position: number): Meta {
  const page = Buffer.alloc(metaBytes);
  const read = readSync(descriptor, page, 0, metaBytes, position);
  if (read < metaBytes) throw new Error(`${name} is cut within its first pages`);
  if ((page.readUInt16LE(at.flags) & flag.meta) === 0 || page.readUInt32LE(at.magic) !== magic) {
    throw new Error(`${name} is not a file of lmdb`);
  }
  const version = page.readUInt32LE(at.version) & 0xffff;
  if (version !== dataVersion) throw new Error(`${name} has version ${version} of lmdb's format, not ${dataVersion}`);
  if ((page.readUInt16LE(at.databaseFlags) & encrypted) !== 0) throw new Error(`${name} is encrypted`);
  const pageSize = page.readUInt32LE(at.pageSize);
  const isSize = pageSize >= 512 && pageSize <= 65_536 && (pageSize & (pageSize - 1)) === 0;
  if (!isSize || (position !== 0 && position !== pageSize)) throw new Error(`${name} has pages of ${pageSize} bytes`);
  return {
    pageSize,
    roots: [page.readBigUInt64LE(at.freeRoot), page.readBigUInt64LE(at.mainRoot)],
    lastPage: page.readBigUInt64LE(at.lastPage),
    transaction: page.readBigUInt64LE(at.transaction),
  };
}

/** True when the file has all pages of the tree below `root`. `end` is the first page behind the file. */
function isThere(descriptor: number, pageSize: number, root: bigint, end: bigint): boolean {
  if (root === noPage) return true;
  const open = [root];
  const page = Buffer.alloc(pageSize);
  // A tree has at most `end` pages. A broken one might have a circle.
  for (let looks = 0n; ; looks++) {
    const number = open.pop();
    if (number === undefined) return true;
    if (number >= end || looks > end || !readPage(descriptor, page, number)) return false;
    if (!pagesBelow(page, end, open)) return false;
  }
}

function readPage(descriptor: number, page: Buffer, number: bigint): boolean {
  return readSync(descriptor, page, 0, page.length, Number(number) * page.length) === page.length;
}

/** Adds the pages that a page refers to. Returns false when there is none of that number, or the page is broken. */
function pagesBelow(page: Buffer, end: bigint, pages: bigint[]): boolean {
  const flags = page.readUInt16LE(at.flags);
  if ((flags & (flag.branch | flag.leaf)) === 0) return false;
  const nodes = page.readUInt16LE(at.lower) >> 1;
  for (let index = 0; index < nodes; index++) {
    const place = at.header + page.readUInt16LE(at.header + 2 * index);
    if (place + node.header > page.length) return false;
    const kind = page.readUInt16LE(place + 4);
    if ((flags & flag.branch) !== 0) pages.push(BigInt(page.readUInt32LE(place)) + (BigInt(kind) << 32n));
    else if (kind !== 0) {
      // A large value: its first page at `data`, the number of its pages 16 bytes further.
      const data = place + node.header + page.readUInt16LE(place + 6);
      if ((kind & node.isLarge) === 0 || data + 24 > page.length) return false;
      if (page.readBigUInt64LE(data) + page.readBigUInt64LE(data + 16) > end) return false;
    }
  }
  return true;
}
