/**
 * `npm run inspector -- screenshots` takes the pictures of docs/inspector.md. `npm run inspector -- frames` measures the
 * frames of the page with 10,000 tasks, and writes docs/inspector.json.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../repository/repository.ts';
import { measureFrames } from './frames.ts';
import { takeScreenshots } from './screenshots.ts';

const [command] = process.argv.slice(2);
if (command === 'screenshots') await takeScreenshots(join(root, 'docs/images'));
else if (command === 'frames') {
  const report = await measureFrames();
  writeFileSync(join(root, 'docs/inspector.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(report);
} else {
  console.error('npm run inspector -- screenshots | frames');
  process.exitCode = 1;
}
