import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Writes the declarations of the CommonJS files. They are those of the modules under other names: the compiler takes a
 * declaration file for CommonJS by its name alone, and refuses `require` of a module in older modes.
 */
export function declareCommonJs(folder: string): void {
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.d.ts')) continue;
    const target = join(folder, 'cjs', path.replace(/\.d\.ts$/, '.d.cts'));
    const text = readFileSync(join(folder, path), 'utf8');
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text.replace(/((?:from|import\() ?['"]\.[^'"]*)\.[jt]s(?=['"])/g, '$1.cjs'));
  }
}
