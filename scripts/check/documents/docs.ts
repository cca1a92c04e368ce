import { join } from 'node:path';
import ts from 'typescript';
import type { Check } from '../../repository/check.ts';
import { blocksOfMarkdown, blocksOfSource } from './code-blocks.ts';
import type { CodeBlock } from './code-blocks.ts';
import { linkProblems } from './links.ts';
import { packageEntries } from '../../repository/entries.ts';
import { readText, repositoryFiles, root } from '../../repository/repository.ts';
import { isGenerated } from '../../repository/source-text.ts';

export const docs: Check = {
  name: 'docs',
  about: 'the TypeScript in README, docs/ and docstrings compiles, and links lead somewhere',
  run() {
    return Promise.resolve([...sizeProblems(), ...linkProblems(repositoryFiles(), readText), ...compile(codeBlocks())]);
  },
};

/** README is an introduction that is read to its end. Everything else has a place in docs. */
const mostBytesOfReadme = 12 * 1024;

function sizeProblems(): readonly string[] {
  const bytes = Buffer.byteLength(readText('README.md'));
  return bytes <= mostBytesOfReadme
    ? []
    : [`README.md:1 has ${String(bytes)} bytes, ${String(mostBytesOfReadme)} are allowed; move a part into docs`];
}

function codeBlocks(): readonly CodeBlock[] {
  return repositoryFiles().flatMap((path) => {
    if (/^(?:README\.md|docs\/.*\.md)$/.test(path)) return blocksOfMarkdown(path, readText(path));
    if (/^src\/.*\.ts$/.test(path) && !isGenerated(path)) return blocksOfSource(path, readText(path));
    return [];
  });
}

/**
 * Compiles each block as a module of its own, as a program of a user would be. The modules exist in memory only, beside
 * package.json, so that packages are found as everywhere; `swarmstate` leads to the sources.
 */
function compile(blocks: readonly CodeBlock[]): readonly string[] {
  const modules = new Map(
    blocks.map((block) => [
      join(root, `code-block-${block.path.replaceAll(/\W/g, '-')}-${String(block.line)}.ts`),
      block,
    ]),
  );
  const options: ts.CompilerOptions = {
    ...compilerOptions(),
    moduleDetection: ts.ModuleDetectionKind.Force,
    paths: Object.fromEntries(packageEntries().map(({ specifier, source }) => [specifier, [join(root, source)]])),
    // A block shows a few lines; that nothing uses its last variable is no mistake.
    noUnusedLocals: false,
    noUnusedParameters: false,
    isolatedDeclarations: false,
    declaration: false,
    noEmit: true,
  };
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => modules.has(path) || disk.fileExists(path),
    readFile: (path) => modules.get(path)?.code ?? disk.readFile(path),
    getSourceFile: (path, language, ...rest) => {
      const block = modules.get(path);
      return block === undefined
        ? disk.getSourceFile(path, language, ...rest)
        : ts.createSourceFile(path, block.code, language);
    },
  };
  const program = ts.createProgram({ rootNames: [...modules.keys()], options, host });
  return [...modules].flatMap(([path, block]) => {
    const file = program.getSourceFile(path);
    return ts.getPreEmitDiagnostics(program, file).map((diagnostic) => {
      const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line;
      return (
        `${block.path}:${String(block.line + line)} ` + ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')
      );
    });
  });
}

function compilerOptions(): ts.CompilerOptions {
  const path = join(root, 'tsconfig.json');
  const { config, error } = ts.readConfigFile(path, (file) => ts.sys.readFile(file)) as {
    config: unknown;
    error?: ts.Diagnostic;
  };
  if (error !== undefined)
    throw new Error(`tsconfig.json: ${ts.flattenDiagnosticMessageText(error.messageText, '\n')}`);
  return ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, root).options;
}
