import { readEntry } from '../bytes/raft-messages.ts';
import type { RaftEntry } from '../bytes/raft-messages.ts';
import { ENTRY } from '../bytes/wal-record.ts';
import { changed, readPiece } from '../files/open-file.ts';
import type { LogScan } from './scan-log.ts';
import { SegmentReader } from './segment-reader.ts';

/** An entry that is in effect, and where it is. Its data is valid until the next entry is read. */
export interface PlacedEntry extends RaftEntry {
  readonly file: string;
  readonly offset: number;
}

/**
 * Reads the entries of a scanned log again, from the one behind `from` to `to`. Entries that were replaced later are
 * left out. Rejects with `ERR_FOLDER_CHANGED` where the files are no longer those that were scanned. O(bytes of the
 * files that have the entries); memory for the longest entry.
 */
export async function* readEntries(scan: LogScan, from: number, to: number): AsyncGenerator<PlacedEntry> {
  const { segments, facts } = scan;
  if (to <= from) return;
  const isReplaced = replacedEntries(facts.replacements);
  // An entry may be in any file that begins at or before it, because members write an index again after a replacement.
  let first = 0;
  for (const [position, segment] of segments.entries()) {
    if (segment.index <= Math.max(from, facts.after) && facts.replacements.length === 0) first = position;
  }
  for (const segment of segments.slice(first)) {
    let number = segment.entriesBefore;
    const { path, end } = segment;
    const reader = new SegmentReader(
      (buffer, at, position) => readPiece(path, buffer, at, position),
      end,
      segment.crcBefore,
    );
    while (reader.offset < end) {
      const record = reader.take();
      if (record === undefined) {
        await reader.more();
        continue;
      }
      if (record.type === 'end' || record.type === 'bad') throw changed(path);
      if (record.type !== ENTRY) continue;
      const { data, offset } = record;
      const entry = readEntry(data);
      const own = number;
      number += 1;
      if (entry.index <= from || entry.index <= facts.after || isReplaced(own, entry.index)) continue;
      if (entry.index > to) return;
      yield { ...entry, file: path, offset };
    }
    if (reader.offset !== end || reader.crc !== segment.crc) throw changed(path);
  }
}

/** Tells whether the entry of that number and index was replaced. Numbers have to be asked for in rising order. */
function replacedEntries(
  replacements: readonly { readonly number: number; readonly index: number }[],
): (number: number, index: number) => boolean {
  // The lowest index that the replacements from each position on begin at.
  const lowest: number[] = new Array<number>(replacements.length);
  let least = Infinity;
  for (let position = replacements.length - 1; position >= 0; position -= 1) {
    least = Math.min(least, (replacements[position] as { readonly index: number }).index);
    lowest[position] = least;
  }
  let next = 0;
  return (number, index) => {
    while (next < replacements.length && (replacements[next] as { readonly number: number }).number <= number)
      next += 1;
    return next < replacements.length && index >= (lowest[next] as number);
  };
}
