import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../../repository/check.ts';
import { packageEntries } from '../../repository/entries.ts';
import { readText, repositoryFiles, root } from '../../repository/repository.ts';
import { fileCircleProblems, folderCircleProblems } from './circles.ts';
import { folderSizeProblems } from './folder-size.ts';
import { layerProblems } from './layers.ts';
import { withPicture } from './picture.ts';
import { readSourceFile } from './source-file.ts';
import type { SourceFile } from './source-file.ts';

/** The document that shows the picture of the layers. */
const document = 'CONTRIBUTING.md';

export const layersCheck: Check = {
  name: 'layers',
  about: 'direction and circles of imports, files of a folder, the picture of the layers',
  run() {
    const files = sourceFiles(/^(?:src|scripts|examples)\/.*\.tsx?$/);
    const ours = files.filter(({ path }) => !path.startsWith('examples/'));
    return Promise.resolve([
      ...layerProblems(files, packageEntries()),
      ...fileCircleProblems(ours),
      ...folderCircleProblems(ours),
      ...folderSizeProblems(repositoryFiles()),
      ...pictureProblems(),
    ]);
  },
  write() {
    writeFileSync(join(root, document), drawn());
    return Promise.resolve();
  },
};

function pictureProblems(): readonly string[] {
  return drawn() === readText(document)
    ? []
    : [`${document}:1 shows layers that are not those of src; run \`npm run check -- layers --write\``];
}

function drawn(): string {
  const text = withPicture(readText(document), sourceFiles(/^src\/.*\.tsx?$/));
  if (text === undefined) throw new Error(`${document} has lost the markers of the picture of the layers`);
  return text;
}

function sourceFiles(pattern: RegExp): readonly SourceFile[] {
  return repositoryFiles()
    .filter((path) => pattern.test(path))
    .map((path) => readSourceFile(path, readText(path)));
}
