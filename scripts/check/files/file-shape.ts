import { statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../repository/repository.ts';
import { isGenerated } from '../../repository/source-text.ts';

/** Beyond this a file holds more than one idea. */
const maxSourceBytes = 15 * 1024;

const kebabCase = /^\.?[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/;

/** Files of src that are too long, and names that are not in kebab-case. */
export function fileShapeProblems(files: readonly string[]): readonly string[] {
  const problems: string[] = [];
  for (const path of files.filter(
    (file) => /^(?:src|test|examples|bench|scripts)\//.test(file) && !isGenerated(file),
  )) {
    const odd = path.split('/').find((part) => !kebabCase.test(part));
    if (odd !== undefined) problems.push(`${path}:1 rename ${odd}: names of files and folders are in kebab-case`);
    const bytes = statSync(join(root, path)).size;
    if (path.startsWith('src/') && bytes > maxSourceBytes) {
      problems.push(
        `${path}:1 has ${String(bytes)} bytes, more than ${String(maxSourceBytes)}; give each of its ideas a file`,
      );
    }
  }
  return problems;
}
