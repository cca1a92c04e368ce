/**
 * `npm run build`: writes dist, what is published. The declarations are the compiler's, a file for each source,
 * once more for CommonJS; the JavaScript is bundled, the command apart from the entries.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../repository/repository.ts';
import { runTool } from '../repository/run.ts';
import { bundle } from './bundle.ts';
import { buildCommand } from './command.ts';
import { declareCommonJs } from './declarations.ts';

const target = join(root, 'dist');
rmSync(target, { recursive: true, force: true });
const [declared] = await Promise.all([
  runTool('typescript/bin/tsc', ['-p', 'tsconfig.build.json', '--pretty', 'false']),
  bundle(target),
  buildCommand(target),
]);
declareCommonJs(target);
if (declared.output !== '') console.log(declared.output);
process.exitCode = declared.code ?? 1;
