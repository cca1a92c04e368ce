import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../../repository/check.ts';
import { readText, repositoryFiles, root } from '../../repository/repository.ts';
import { isGenerated } from '../../repository/source-text.ts';
import { commentsOf } from './comments.ts';
import { wideLines } from './line-width.ts';
import { flaggedSentences } from './sentences.ts';
import { wrapComments } from './wrap-comments.ts';

/** How many sentences of a folder's comments may be flagged. */
const limitsFile = 'scripts/check/words/limits.json';

export const words: Check = {
  name: 'words',
  about: 'lines of 120 columns, and no more flagged sentences in comments than before',
  run() {
    const limits = readLimits();
    const wide = proseFiles().flatMap((path) =>
      wideLines(path, readText(path)).map(
        (line) =>
          `${path}:${String(line)} is wider than 120 columns; wrap it (\`npm run check -- words --write\` wraps ` +
          'comments)',
      ),
    );
    const risen = [...flaggedByFolder()].flatMap(([folder, sentences]) => {
      const limit = limits[folder] ?? 0;
      return sentences.length <= limit
        ? []
        : [
            [
              `${limitsFile}:1 ${folder} has ${String(sentences.length)} flagged sentences, ` +
                `${String(limit)} are allowed; rewrite some:`,
              ...sentences.map((sentence) => `  ${sentence}`),
            ].join('\n'),
          ];
    });
    return Promise.resolve([...wide, ...risen]);
  },
  notes(all) {
    const limits = readLimits();
    const notes = [...flaggedByFolder()].flatMap(([folder, sentences]) => [
      `${String(sentences.length).padStart(4)} flagged, ${String(limits[folder] ?? 0).padStart(3)} allowed in ` +
        folder,
      ...(all ? sentences.map((sentence) => `       ${sentence}`) : []),
    ]);
    return Promise.resolve(all ? notes : [...notes, 'The sentences: npm run check -- words --list']);
  },
  /**
   * Wraps comments that are too wide, and lowers the limits to the sentences of now. A limit never rises; a folder that
   * has none may have as many sentences as it has now.
   */
  write() {
    for (const path of proseFiles()) {
      const text = readText(path);
      const wrapped = wideLines(path, text).length === 0 ? text : wrapComments(text);
      if (wrapped !== text) writeFileSync(join(root, path), wrapped);
    }
    const limits = readLimits();
    const flagged = flaggedByFolder();
    const now = [...new Set([...Object.keys(limits), ...flagged.keys()])].sort().map((folder) => {
      const count = flagged.get(folder)?.length ?? 0;
      return [folder, Math.min(limits[folder] ?? count, count)] as const;
    });
    writeFileSync(join(root, limitsFile), `${JSON.stringify(Object.fromEntries(now), null, 2)}\n`);
    return Promise.resolve();
  },
};

function readLimits(): Readonly<Partial<Record<string, number>>> {
  return JSON.parse(readText(limitsFile)) as Partial<Record<string, number>>;
}

function proseFiles(): readonly string[] {
  return repositoryFiles().filter(
    (path) => /^(?:src|scripts|test|bench|examples)\/.*\.tsx?$/.test(path) && !isGenerated(path),
  );
}

/** The flagged sentences of each folder right below src, test and the like; those without any are left out. */
function flaggedByFolder(): ReadonlyMap<string, readonly string[]> {
  const folders = new Map<string, string[]>();
  for (const path of proseFiles()) {
    for (const { line, sentence, reason } of flaggedSentences(commentsOf(path, readText(path)))) {
      const folder = /^[^/]+(?:\/[^/]+(?=\/))?/.exec(path)?.[0] ?? path;
      const sentences = folders.get(folder) ?? [];
      folders.set(folder, sentences);
      sentences.push(`${path}:${String(line)} ${reason}: ${sentence}`);
    }
  }
  return new Map([...folders].sort(([a], [b]) => (a < b ? -1 : 1)));
}
