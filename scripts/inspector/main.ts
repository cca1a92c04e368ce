/**
 * `npm run inspector -- screenshots` takes the pictures of docs/inspector.md. `npm run inspector -- frames` measures
 * the frames of the page with 10,000 tasks, and writes docs/inspector.json and the figures of docs/inspector.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as prettier from 'prettier';
import { root } from '../repository/repository.ts';
import { withFigures } from './figures-table.ts';
import { measureFrames } from './frames.ts';
import { takeScreenshots } from './screenshots.ts';

const [command] = process.argv.slice(2);
if (command === 'screenshots') await takeScreenshots(join(root, 'docs/images'));
else if (command === 'frames') {
  const report = await measureFrames();
  writeFileSync(join(root, 'docs/inspector.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  const document = join(root, 'docs/inspector.md');
  const text = withFigures(readFileSync(document, 'utf8'), report);
  writeFileSync(
    document,
    await prettier.format(text, { ...(await prettier.resolveConfig(document)), parser: 'markdown' }),
  );
  console.log(report);
} else {
  console.error('npm run inspector -- screenshots | frames');
  process.exitCode = 1;
}
