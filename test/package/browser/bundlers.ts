/**
 * Programs that bundle `index.html` and `page.js` of the current folder into the folder `site`, with nothing
 * configured but the places. Each prints the warnings as a JSON array.
 */
export const bundlers: Readonly<Record<string, string>> = {
  esbuild: `
    import { copyFileSync } from 'node:fs';
    import { build } from 'esbuild';
    const { warnings } = await build({
      absWorkingDir: process.cwd(),
      entryPoints: ['page.js'],
      bundle: true,
      outdir: 'site',
      logLevel: 'silent',
    });
    copyFileSync('index.html', 'site/index.html');
    console.log(JSON.stringify(warnings.map(({ text }) => text)));
  `,
  vite: `
    import { build, createLogger } from 'vite';
    const warnings = [];
    const customLogger = createLogger('silent');
    customLogger.warn = customLogger.warnOnce = (text) => void warnings.push(text);
    await build({ configFile: false, customLogger, logLevel: 'warn', build: { outDir: 'site' } });
    // The size of a bundle is a hint of vite's, not a fault.
    console.log(JSON.stringify(warnings.filter((text) => !/larger than 500 kB/.test(text))));
  `,
  webpack: `
    import { copyFileSync } from 'node:fs';
    import { join } from 'node:path';
    import webpack from 'webpack';
    const path = join(process.cwd(), 'site');
    const compiler = webpack({ mode: 'production', entry: './page.js', output: { path, filename: 'page.js' } });
    const stats = await new Promise((resolve, reject) => {
      compiler.run((error, result) => (error ? reject(error) : resolve(result)));
    });
    copyFileSync('index.html', 'site/index.html');
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    // The size of a bundle is a hint of webpack's, not a fault.
    const faults = [...errors, ...warnings].filter(({ message }) => !/size limit|code-splitting/.test(message));
    console.log(JSON.stringify(faults.map(({ message }) => message)));
  `,
};
